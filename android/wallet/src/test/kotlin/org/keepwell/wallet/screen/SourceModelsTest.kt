package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.fake.FakeHealth
import org.keepwell.wallet.fake.FakeSources
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.MissingReason
import org.keepwell.wallet.model.OtherPerson
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SavedRoutes

/** Clinics whose records come from their own servers, through the app's model: connected in a browser, fetched, let go. */
class SourceModelsTest {
    private val opened = ArrayList<String>()
    private var hasBrowser = true

    private fun Bench.app() = AppModel(wallet, navigator, clock, {}, { opened += it; hasBrowser }, FakeWishes(), FakeHealth(), scope).also { settle() }

    /** The model of where the person is, once what it began with is done: that may lead on. */
    private inline fun <reified Model : ScreenModel<*, *>> Bench.here(app: AppModel): Model {
        settle()
        app.of(navigator.routes.value.last())
        settle()
        return app.of(navigator.routes.value.last()).also { settle() } as Model
    }

    private fun Bench.signIn(app: AppModel, address: String = ADDRESS) {
        navigator.open(Route.AddSource)
        val model = here<AddSourceModel>(app)
        model.on(AddSourceEvent.Type(" $address "))
        model.on(AddSourceEvent.SignIn)
        settle()
    }

    private fun Bench.comeBack(app: AppModel) {
        app.receive(assertNotNull(Incoming.of(FakeSources.redirect(opened.last()))))
        settle()
        if (app.isUnlocked.value) here<ScreenModel<*, *>>(app)
    }

    private fun Bench.connect(app: AppModel): SourceModel {
        signIn(app)
        comeBack(app)
        return here(app)
    }

    private fun Bench.fetch(model: SourceModel) {
        model.on(SourceEvent.Fetch)
        test.testScheduler.advanceTimeBy(1.seconds)
        settle()
    }

    @Test
    fun `a clinic is connected by its own page in the browser, and says what it gives`() = onBench {
        val app = app()
        signIn(app)
        assertEquals("$ADDRESS/authorize?state=state-1&client_id=keepwell", opened.single())
        assertTrue(here<AddSourceModel>(app).state.value.isInBrowser)
        comeBack(app)
        val model = here<SourceModel>(app)
        val source = assertNotNull(model.state.value.source)
        assertEquals("fhir.springfield.example", source.name)
        assertEquals(FakeSources.WITHHELD, source.withheld)
        assertTrue(wallet.sources.asked.isEmpty(), "a redirect only connects")
        assertEquals(listOf(Route.Records, Route.Source(source.id)), navigator.routes.value)
    }

    @Test
    fun `an address without records, no network and no browser are each said, and nothing is opened`() = onBench {
        val app = app()
        signIn(app, "http://springfield.example")
        assertIs<Problem.SourceAddress>(here<AddSourceModel>(app).state.value.problem)
        wallet.isOnline = false
        signIn(app)
        assertEquals(Problem.Offline, here<AddSourceModel>(app).state.value.problem)
        assertTrue(opened.isEmpty())
        wallet.isOnline = true
        hasBrowser = false
        signIn(app)
        assertEquals(Problem.NoBrowser, here<AddSourceModel>(app).state.value.problem)
        assertFalse(here<AddSourceModel>(app).state.value.isInBrowser)
    }

    @Test
    fun `what comes back is looked at once the wallet is open`() = onBench {
        val app = app()
        signIn(app)
        app.lock()
        settle()
        comeBack(app)
        assertTrue(wallet.sources.connected.isEmpty())
        enter(FakeWallet.PIN) { app.unlock().on(UnlockEvent.Pin(it)) }
        here<SourceModel>(app)
        assertEquals(1, wallet.sources.connected.size)
        assertIs<Route.Source>(navigator.routes.value.last())
    }

    @Test
    fun `the same coming back a second time changes nothing and says so`() = onBench {
        val app = app()
        connect(app)
        comeBack(app)
        val again = here<SignedInModel>(app)
        assertIs<Problem.SignInUnknown>(again.state.value.problem)
        assertEquals(1, wallet.sources.connected.size)
        again.on(SignedInEvent.Again)
        assertEquals(Route.AddSource, navigator.routes.value.last())
    }

    @Test
    fun `what another app makes up changes nothing and says so`() = onBench {
        val app = app()
        app.receive(assertNotNull(Incoming.of("keepwell://authorized?code=stolen&state=made-up")))
        val model = here<SignedInModel>(app)
        assertIs<Problem.SignInUnknown>(model.state.value.problem)
        model.on(SignedInEvent.Leave)
        assertEquals(Route.Records, navigator.routes.value.last())
        assertNull(Incoming.of("keepwell://authorized"))
        assertNull(Incoming.of("keepwell://erase?state=1"))
    }

    @Test
    fun `who refused at the clinic is told that nothing was added`() = onBench {
        val app = app()
        wallet.sources.isAgreed = false
        signIn(app)
        comeBack(app)
        assertIs<Problem.SignInRefused>(here<SignedInModel>(app).state.value.problem)
        assertTrue(wallet.sources.connected.isEmpty())
    }

    @Test
    fun `records under another name are asked about, and connected once the patient has signed in again`() = onBench {
        val app = app()
        wallet.sources.other = OtherPerson("p2", "Ana L. Ortega", "1974-03-09")
        signIn(app)
        comeBack(app)
        val model = here<SignedInModel>(app)
        assertEquals("Ana L. Ortega", model.state.value.person?.name)
        assertTrue(wallet.sources.connected.isEmpty())
        model.on(SignedInEvent.IsMe)
        settle()
        assertEquals(2, opened.size)
        assertTrue(model.state.value.isInBrowser)
        comeBack(app)
        assertIs<Route.Source>(navigator.routes.value.last())
        assertEquals(1, wallet.sources.connected.size)
    }

    @Test
    fun `in a new process that no longer knows the address it is typed again`() = onBench {
        val before = app()
        wallet.sources.other = OtherPerson("p2", "Ana L. Ortega", "1974-03-09")
        signIn(before)
        val after = app()
        comeBack(after)
        val model = here<SignedInModel>(after)
        model.on(SignedInEvent.IsMe)
        assertEquals(Route.AddSource, navigator.routes.value.last())
    }

    @Test
    fun `fetching says which kind it is at, and what came and what did not`() = onBench {
        val app = app()
        val model = connect(app)
        val gate = CompletableDeferred<Unit>()
        wallet.gate = gate
        model.on(SourceEvent.Fetch)
        settle()
        assertEquals(SourceStep.FETCHING to "Patient", model.state.value.run { step to fetching })
        wallet.gate = null
        gate.complete(Unit)
        test.testScheduler.advanceTimeBy(1.seconds)
        settle()
        val state = model.state.value
        assertEquals(SourceStep.FETCHED, state.step)
        assertEquals(3, state.report?.added)
        assertEquals(listOf("Condition" to MissingReason.LATER), state.missing.map { it.type to it.reason })
        assertNotNull(state.source?.last)
    }

    @Test
    fun `fetching can be stopped, and goes on while a file is handed over`() = onBench {
        val app = app()
        val model = connect(app)
        wallet.gate = CompletableDeferred()
        model.on(SourceEvent.Fetch)
        settle()
        app.receive(Incoming.File(FakeFile("lab.json", "record Zinc")))
        settle()
        assertIs<Route.Source>(navigator.routes.value.last())
        model.on(SourceEvent.Stop)
        settle()
        assertEquals(SourceStep.SHOWN, model.state.value.step)
        assertFalse(model.state.value.isBusy)
        model.on(SourceEvent.Leave)
        settle()
        assertIs<Route.Import>(navigator.routes.value.last())
    }

    @Test
    fun `who is to sign in again is told here and on the home, and can`() = onBench {
        val app = app()
        val model = connect(app)
        wallet.sources.isSignedOut = true
        fetch(model)
        assertEquals(Problem.SignedOut, model.state.value.problem)
        assertTrue(model.state.value.source!!.needsSignIn)
        val home = HomeModel(wallet, navigator, clock, scope).also { settle() }
        assertTrue(Todo.SignInAgain(1) in home.state.value.todo)
        home.on(HomeEvent.Do(Todo.SignInAgain(1)))
        assertEquals(Route.Sources, navigator.routes.value.last())
        here<SourcesModel>(app).on(SourcesEvent.Open(wallet.sources.connected.single().id))
        val again = here<SourceModel>(app)
        again.on(SourceEvent.Fetch)
        assertEquals(1, wallet.sources.asked.size, "it is not asked for what it would refuse")
        again.on(SourceEvent.SignIn)
        settle()
        comeBack(app)
        assertFalse(wallet.sources.connected.single().needsSignIn)
        assertFalse(Todo.SignInAgain(1) in HomeModel(wallet, navigator, clock, scope).also { settle() }.state.value.todo)
    }

    @Test
    fun `a clinic is let go after asking, and whether it knows is said`() = onBench {
        val app = app()
        val model = connect(app)
        model.on(SourceEvent.Remove)
        settle()
        assertEquals(1, wallet.sources.connected.size, "nobody was asked")
        model.on(SourceEvent.AskRemove)
        model.on(SourceEvent.Keep)
        assertFalse(model.state.value.isAskingToRemove)
        wallet.isOnline = false
        model.on(SourceEvent.AskRemove)
        model.on(SourceEvent.Remove)
        settle()
        assertEquals(SourceStep.REMOVED to false, model.state.value.run { step to isTold })
        assertTrue(wallet.sources.connected.isEmpty())
    }

    @Test
    fun `the list has what is connected and is as it is when one comes back to it`() = onBench {
        val app = app()
        navigator.open(Route.Sources)
        val list = here<SourcesModel>(app)
        assertTrue(list.state.value.sources.isEmpty() && !list.state.value.isLoading)
        list.on(SourcesEvent.Add)
        assertEquals(Route.AddSource, navigator.routes.value.last())
        connect(app)
        navigator.select(Route.Records)
        navigator.open(Route.Sources)
        assertEquals(listOf("fhir.springfield.example"), here<SourcesModel>(app).state.value.sources.map { it.name })
    }

    @Test
    fun `a clinic that is not there says so`() = onBench {
        val app = app()
        navigator.open(Route.Source(SourceId("00")))
        assertIs<Problem.NotFound>(here<SourceModel>(app).state.value.problem)
    }

    @Test
    fun `what is good once is not saved, and where one is, is`() {
        val routes = listOf(Route.Records, Route.Sources, Route.Source(SourceId("0a")), Route.AddSource)
        assertEquals(routes, SavedRoutes.read(SavedRoutes.write(routes)))
        assertEquals(listOf("records"), SavedRoutes.write(listOf(Route.Records, Route.SignedIn("keepwell://authorized?code=1"), Route.Sources)))
        assertFalse("code" in Route.SignedIn("keepwell://authorized?code=1").toString())
    }

    private companion object {
        const val ADDRESS = "https://fhir.springfield.example/r4"
    }
}

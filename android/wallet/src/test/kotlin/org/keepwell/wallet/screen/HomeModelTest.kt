package org.keepwell.wallet.screen

import java.time.LocalDate
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.launch
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.fake.FakeStart
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Overview
import org.keepwell.wallet.model.Owner
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.QuizAnswer
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.model.Trend
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.navigation.Route

class HomeModelTest {
    private fun Bench.model() = HomeModel(wallet, navigator, clock, scope).also { settle() }

    private val HomeModel.overview: Overview get() = checkNotNull(state.value.overview)

    private fun Bench.takeIn(vararg titles: String) {
        scope.launch { wallet.imports.importFiles(listOf(FakeFile("lab.json", titles.joinToString("\n") { "record $it" }))) }
        test.testScheduler.advanceTimeBy(100.milliseconds)
        settle()
    }

    private fun Bench.granted(lasting: Duration) =
        wallet.granted(FakeData.northside, GrantState.ACTIVE, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, lasting))

    @Test
    fun `says whose records these are and how old they are`() = onBench {
        val state = model().state.value
        assertEquals(Owner("Ana Lucía Ortega", "1974-03-09"), state.overview?.owner)
        assertEquals(52, state.age)
    }

    @Test
    fun `an age is of a whole date that has come, and goes up on the birthday`() {
        fun age(birthDate: String) = Owner("A", birthDate).age(LocalDate.parse("2026-11-21"))
        assertEquals(51, age("1974-11-22"))
        assertEquals(52, age("1974-11-21"))
        assertEquals(0, age("2026-11-21"))
        for (unknown in listOf("1974", "1974-11", "2026-11-22", "1974-02-30", "long ago", "")) assertNull(age(unknown), unknown)
    }

    @Test
    fun `what holds is told, and a mistake is not`() = onBench {
        val overview = model().overview
        assertTrue(overview.allergies.records.isEmpty())
        assertEquals(listOf("Type 2 diabetes", "Essential hypertension"), overview.problems.records.map { it.title })
        assertEquals(listOf("Metformin 500 mg tablet", "Lisinopril 10 mg tablet"), overview.medicines.records.map { it.title })
        val creatinine = overview.results.single { it.record.title == "Creatinine" }
        assertEquals(Trend.DOWN, creatinine.trend)
        assertNull(overview.results.single { it.record.title == "Hemoglobin A1c" }.trend)
    }

    @Test
    fun `counts the records of each category`() = onBench {
        val counts = model().state.value.counts
        assertEquals(CategoryCount(Category.RESULTS, 71), counts.single { it.category == Category.RESULTS })
        assertEquals(wallet.recordList.size.toLong(), counts.sumOf { it.count })
    }

    @Test
    fun `a locked wallet shows nothing and says so, and can be tried again`() = onBench(unlocked = false) {
        val model = model()
        assertEquals(Problem.Locked, model.state.value.problem)
        assertFalse(model.state.value.isEmpty || model.state.value.isLoading)
        wallet.make("593817".toByteArray())
        model.on(HomeEvent.Retry)
        settle()
        assertNull(model.state.value.problem)
        assertEquals("Ana Lucía Ortega", model.overview.owner?.name)
    }

    @Test
    fun `what came is new until it was on the screen, and is told until the screen is left`() = onBench {
        val model = model()
        assertTrue(model.overview.new.isEmpty())
        takeIn("Ferritin", "Sodium")
        val new = listOf(CategoryCount(Category.RESULTS, 2))
        assertEquals(new, model.overview.new)
        assertEquals(new, model().overview.new)
        model.on(HomeEvent.SeeNew)
        settle()
        model.on(HomeEvent.Retry)
        settle()
        assertEquals(new, model.overview.new)
        assertTrue(model().overview.new.isEmpty())
        takeIn("Potassium")
        assertEquals(listOf(CategoryCount(Category.RESULTS, 1)), model.overview.new)
    }

    @Test
    fun `the first records of all are not told as new`() = onBench {
        val all = wallet.recordList.toList()
        wallet.recordList.clear()
        val model = model()
        assertTrue(model.state.value.isEmpty)
        assertEquals(listOf<Todo>(Todo.AddRecords), model.state.value.todo)
        assertNull(wallet.overviews.seen)
        wallet.recordList += all
        model.on(HomeEvent.Retry)
        settle()
        assertTrue(model.overview.new.isEmpty())
        assertEquals(all.size, wallet.overviews.seen)
    }

    @Test
    fun `what no server has is sent once by itself, and again when the person says so`() = onBench {
        wallet.isOnline = false
        wallet.overviews.unsentRecords = 12
        val model = model()
        assertEquals(listOf<Todo>(Todo.SendRecords(12)), model.state.value.todo)
        assertNull(model.state.value.problem)
        wallet.isOnline = true
        model.on(HomeEvent.Retry)
        settle()
        assertEquals(listOf<Todo>(Todo.SendRecords(12)), model.state.value.todo)
        wallet.isOnline = false
        model.on(HomeEvent.Do(Todo.SendRecords(12)))
        settle()
        assertEquals(Problem.Offline, model.state.value.problem)
        wallet.isOnline = true
        model.on(HomeEvent.Do(Todo.SendRecords(12)))
        assertTrue(model.state.value.isSending)
        settle()
        assertTrue(model.state.value.todo.isEmpty())
        assertNull(model.state.value.problem)
        assertFalse(model.state.value.isSending)
    }

    @Test
    fun `decisions that wait are said until a server has them`() = onBench {
        granted(30.days)
        wallet.isOnline = false
        val model = model()
        scope.launch { wallet.consent.revoke(wallet.grantList.single().id) }
        settle()
        assertEquals(listOf<Todo>(Todo.SendDecisions(1)), model.state.value.todo)
        wallet.isOnline = true
        model.on(HomeEvent.Do(Todo.SendDecisions(1)))
        settle()
        assertTrue(model.state.value.todo.isEmpty())
    }

    @Test
    fun `much is sent again only when the person agrees`() = onBench {
        wallet.overviews.hasHostLostMuch = true
        val model = model()
        scope.launch { wallet.consent.sync() }
        settle()
        assertEquals(listOf<Todo>(Todo.AgreeToSendAgain), model.state.value.todo)
        model.on(HomeEvent.Do(Todo.AgreeToSendAgain))
        settle()
        assertTrue(model.state.value.todo.isEmpty())
    }

    @Test
    fun `words that were checked meanwhile are no more to do`() = onBench {
        wallet.start.areWordsChecked = false
        val model = model()
        assertEquals(listOf<Todo>(Todo.CheckWords), model.state.value.todo)
        scope.launch {
            val words = checkNotNull(wallet.words.show(FakeWallet.PIN.toByteArray()).orElse { })
            words.check(FakeStart.POSITIONS.map { QuizAnswer(it, FakeWallet.WORDS[it - 1].toByteArray()) })
        }
        settle()
        assertTrue(model.state.value.todo.isEmpty())
    }

    @Test
    fun `each thing to do leads to where it is done`() = onBench {
        granted(5.hours)
        wallet.overviews.changedClinics = 1
        wallet.start.isConnected = false
        val model = model()
        assertEquals(listOf(Todo.CheckClinics(1), Todo.Connect, Todo.EndSoon(1)), model.state.value.todo)
        val places = mapOf(
            Todo.CheckClinics(1) to Route.Clinics, Todo.CheckWords to Route.CheckWords, Todo.Connect to Route.Connect(), Todo.EndSoon(1) to Route.Access,
            Todo.LookThrough(3) to Route.Add, Todo.AddRecords to Route.Add, Todo.TakenOver to Route.Records,
        )
        for ((todo, place) in places) {
            navigator.select(Route.Records)
            model.on(HomeEvent.Do(todo))
            assertEquals(place, navigator.routes.value.last(), "$todo")
        }
    }

    @Test
    fun `a phone that was taken over from has nothing else to do`() = onBench {
        wallet.overviews.isTakenOver = true
        wallet.overviews.unsentRecords = 3
        val model = model()
        assertEquals(listOf<Todo>(Todo.TakenOver), model.state.value.todo)
    }

    @Test
    fun `leads to records, categories and to adding some`() = onBench {
        val model = model()
        val first = model.overview.problems.records.first().id
        model.on(HomeEvent.Open(first))
        assertEquals(Route.Record(first), navigator.routes.value.last())
        model.on(HomeEvent.OpenCategory(Category.VITALS))
        assertEquals(Route.InCategory(Category.VITALS), navigator.routes.value.last())
        model.on(HomeEvent.Add)
        assertEquals(Route.Add, navigator.routes.value.last())
    }

    @Test
    fun `prints nobody and nothing out of a record`() = onBench {
        val model = model()
        assertEquals("HomeState(isSending=false, problem=null)", model.state.value.toString())
        assertFalse(Regex("Ana|1974|Metformin|0\\.9").containsMatchIn(model.overview.toString()), "an overview tells what it holds")
    }
}

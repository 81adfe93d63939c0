package org.keepwell.app

import android.app.Application
import java.io.IOException
import java.net.HttpURLConnection
import java.net.URI
import java.nio.file.Files
import java.time.InstantSource
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.job
import kotlinx.coroutines.plus
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeout
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.HttpClient
import org.keepwell.HttpHeader
import org.keepwell.HttpRequest
import org.keepwell.HttpResponse
import org.keepwell.HttpTransportException
import org.keepwell.WalletConfig
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.rust.RustWallet
import org.keepwell.wallet.screen.AccessEvent
import org.keepwell.wallet.screen.AccessModel
import org.keepwell.wallet.screen.ClinicsEvent
import org.keepwell.wallet.screen.ClinicsModel
import org.keepwell.wallet.screen.ConnectEvent
import org.keepwell.wallet.screen.ConnectModel
import org.keepwell.wallet.screen.ConnectStep
import org.keepwell.wallet.screen.ConnectionEvent
import org.keepwell.wallet.screen.GrantModel
import org.keepwell.wallet.screen.GrantScreenEvent
import org.keepwell.wallet.screen.GrantStep
import org.keepwell.wallet.screen.GrantedEvent
import org.keepwell.wallet.screen.GrantedModel
import org.keepwell.wallet.screen.PinEvent
import org.keepwell.wallet.screen.Revoking
import org.keepwell.wallet.screen.ScreenModel
import org.keepwell.wallet.screen.ShareModel
import org.keepwell.wallet.screen.ShareScreenEvent
import org.keepwell.wallet.screen.ShareStep
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Airplane mode at each step: the screen says so, nothing is done by halves, and the same step works once there is a network. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = Application::class, sdk = [35])
class RustAirplaneTest {
    /** An app's own HTTP, which can lose its network. */
    private class Switchable : HttpClient {
        @Volatile
        var isOnline = true

        override suspend fun send(request: HttpRequest, alone: Boolean): HttpResponse = withContext(Dispatchers.IO) {
            if (!isOnline) throw HttpTransportException.Offline()
            val asked = URI(request.url).toURL().openConnection() as HttpURLConnection
            try {
                asked.requestMethod = request.method
                asked.instanceFollowRedirects = false
                request.headers.forEach { asked.setRequestProperty(it.name, it.value) }
                if (request.body.isNotEmpty()) {
                    asked.doOutput = true
                    asked.outputStream.use { it.write(request.body) }
                }
                val status = asked.responseCode
                val headers = asked.headerFields.flatMap { (name, values) -> values.map { HttpHeader(name.orEmpty().lowercase(), it) } }.filter { it.name.isNotEmpty() }
                val body = (if (status < 400) asked.inputStream else asked.errorStream)?.use { it.readBytes() } ?: ByteArray(0)
                HttpResponse(status.toUShort(), headers, body)
            } catch (_: IOException) {
                throw HttpTransportException.Broken()
            } finally {
                asked.disconnect()
            }
        }
    }

    private class Held(private val bytes: ByteArray) : RecordFile {
        override val name = "records.ndjson"
        override val size = bytes.size.toLong()
        override fun open() = bytes.inputStream()
    }

    private fun <T> Outcome<T>.done(): T = assertIs<Outcome.Done<T>>(this, "$this").value

    /** Waits until a screen shows this. */
    private suspend fun <State : Any> ScreenModel<State, *>.until(isSo: (State) -> Boolean): State = withTimeout(60_000) { state.first(isSo) }

    private fun enter(on: (PinEvent) -> Unit) {
        PIN.forEach { on(PinEvent.Digit(it)) }
        on(PinEvent.Submit)
    }

    private val network = Switchable()
    private val navigator = Navigator()

    @Test
    fun airplaneModeAtEachStepIsSaidAndTheStepIsTakenAgain(): Unit = runBlocking {
        val servers = RealServers.started()
        // The models live on this thread, as they do on the phone's main one.
        val life = this + Job(coroutineContext.job)
        try {
            walkThrough(servers, life)
        } finally {
            life.cancel()
        }
    }

    private suspend fun walkThrough(servers: RealServers, life: CoroutineScope) {
        val home = Files.createTempDirectory("phone").resolve("wallet").toString()
        val wallet = RustWallet(WalletConfig(home, MemoryDeviceKey(), httpClient = network, acceptDemonstrationLedger = true), life)
        wallet.start.drawWords().done().use { it.create(PIN.toByteArray()).done().close() }
        val file = Held(FakeData.records.joinToString("\n") { it.content.replace("\n", " ") }.encodeToByteArray())
        assertIs<ImportResult.Taken>(wallet.imports.importFiles(listOf(file)).done())
        connects(wallet, servers, life)
        val grant = givesAccess(wallet, servers, life)
        shares(wallet, life)

        // Ending access.
        val access = AccessModel(wallet.consent, wallet.shares, InstantSource.system(), navigator, Revoking(wallet.consent, wallet.shares, life) {}, life)
        access.until { state -> state.grants.any { it.id == grant } }
        network.isOnline = false
        access.on(AccessEvent.AskRevoke(grant))
        access.on(AccessEvent.ConfirmRevoke)
        assertEquals(listOf(true), access.until { it.isOffline && it.open.any { one -> one.isStillOpen } }.open.map { it.isStillOpen })
        network.isOnline = true
        access.on(AccessEvent.Retry)
        assertEquals(listOf(grant), access.until { it.open.isEmpty() }.ended.map { it.id })
    }

    private suspend fun connects(wallet: RustWallet, servers: RealServers, life: CoroutineScope) {
        val connecting = ConnectModel(servers.connection.decodeToString(), wallet, {}, life)
        network.isOnline = false
        connecting.connection.until { it.names != null }
        connecting.connection.on(ConnectionEvent.Accept)
        enter { connecting.on(ConnectEvent.Pin(it)) }
        assertEquals(Problem.Offline, connecting.until { it.pin.problem != null }.pin.problem)
        assertEquals(false, wallet.safety.isConnected().done(), "it works on its own as before")
        network.isOnline = true
        enter { connecting.on(ConnectEvent.Pin(it)) }
        connecting.until { it.step == ConnectStep.DONE }
    }

    private suspend fun givesAccess(wallet: RustWallet, servers: RealServers, life: CoroutineScope): GrantId {
        network.isOnline = false
        val clinics = ClinicsModel(wallet.clinics, navigator, life)
        assertEquals(Problem.Offline, clinics.until { !it.isLoading }.problem)
        network.isOnline = true
        clinics.on(ClinicsEvent.Retry)
        val clinic = clinics.until { it.clinics.isNotEmpty() }.clinics.single { it.name == servers.clinic }

        network.isOnline = false
        val grant = GrantModel(Route.Grant(clinic.id), wallet, navigator, life)
        assertEquals(Problem.Offline, grant.until { it.problem != null }.problem)
        grant.on(GrantScreenEvent.Toggle(Category.RESULTS))
        grant.on(GrantScreenEvent.Review)
        assertEquals(GrantStep.TERMS, grant.state.value.step, "nobody has proved the clinic yet")
        network.isOnline = true
        grant.on(GrantScreenEvent.Retry)
        grant.until { it.canReview }

        network.isOnline = false
        grant.on(GrantScreenEvent.Review)
        val unseen = grant.until { it.problem != null }
        assertEquals(GrantStep.REVIEW to false, unseen.run { step to canConfirm })
        network.isOnline = true
        grant.on(GrantScreenEvent.Retry)
        grant.until { it.canConfirm }

        network.isOnline = false
        grant.on(GrantScreenEvent.Confirm)
        enter { grant.on(GrantScreenEvent.Pin(it)) }
        assertEquals(Problem.Offline to GrantStep.REVIEW, grant.until { it.problem != null }.run { problem to step })
        assertEquals(emptyList(), wallet.consent.grants().done(), "nothing by halves")
        network.isOnline = true
        grant.on(GrantScreenEvent.Confirm)
        enter { grant.on(GrantScreenEvent.Pin(it)) }
        grant.until { !it.pin.isChecking && navigator.routes.value.last() is Route.Granted }
        val made = assertIs<Route.Granted>(navigator.routes.value.last()).id
        val granted = GrantedModel(made, null, wallet.consent, navigator, Revoking(wallet.consent, wallet.shares, life) {}, life)
        granted.on(GrantedEvent.Retry)
        granted.until { it.grant?.isGiven == true }
        return made
    }

    private suspend fun shares(wallet: RustWallet, life: CoroutineScope) {
        val sharing = ShareModel(wallet, InstantSource.system(), {}, Revoking(wallet.consent, wallet.shares, life) {}, life)
        network.isOnline = false
        sharing.on(ShareScreenEvent.Toggle(Category.RESULTS))
        sharing.on(ShareScreenEvent.Review)
        sharing.until { it.step == ShareStep.REVIEW && !it.isBusy }
        sharing.on(ShareScreenEvent.Create)
        assertEquals(Problem.Offline to ShareStep.REVIEW, sharing.until { it.problem != null }.run { problem to step })
        assertEquals(emptyList(), wallet.shares.list().done())
        network.isOnline = true
        sharing.on(ShareScreenEvent.Create)
        sharing.until { it.step == ShareStep.SHOWN && !it.isBusy }

        network.isOnline = false
        sharing.on(ShareScreenEvent.Pause)
        assertNull(sharing.until { it.share?.state == ShareState.PAUSED && !it.isBusy }.problem)
        assertTrue(sharing.state.value.isStillOpen, "the host was not told")
        sharing.on(ShareScreenEvent.Resume)
        assertEquals(Problem.Offline, sharing.until { it.problem != null }.problem, "only the host's word opens it again")
        assertEquals(listOf(ShareState.PAUSED), wallet.shares.list().done().map { it.state })
        network.isOnline = true
        sharing.on(ShareScreenEvent.Resume)
        sharing.until { it.share?.state == ShareState.ACTIVE }
    }

    private companion object {
        const val PIN = "593817"
    }
}

package org.keepwell

import java.net.URI
import java.net.http.HttpRequest.BodyPublishers
import java.net.http.HttpResponse.BodyHandlers
import java.nio.file.Path
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.Test
import kotlin.test.assertContains
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertIs
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.awaitCancellation
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.delay
import kotlinx.coroutines.future.await
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.io.TempDir

/** The app's own HTTP, which can be told not to answer. */
private class Gate : HttpClient {
    private val inner = java.net.http.HttpClient.newBuilder().version(java.net.http.HttpClient.Version.HTTP_1_1).build()
    @Volatile var isShut = false
    @Volatile var isAway = false
    val waiting = AtomicInteger()
    val cancelled = AtomicInteger()

    override suspend fun send(request: HttpRequest, alone: Boolean): HttpResponse {
        if (isAway) throw HttpTransportException.Offline()
        if (isShut) {
            waiting.incrementAndGet()
            try {
                awaitCancellation()
            } finally {
                cancelled.incrementAndGet()
            }
        }
        val builder = java.net.http.HttpRequest.newBuilder(URI(request.url))
            .method(request.method, if (request.body.isEmpty()) BodyPublishers.noBody() else BodyPublishers.ofByteArray(request.body))
        request.headers.forEach { if (it.name != "content-length" && it.name != "host") builder.header(it.name, it.value) }
        val answer = inner.sendAsync(builder.build(), BodyHandlers.ofByteArray()).await()
        val headers = answer.headers().map().flatMap { (name, values) -> values.map { HttpHeader(name, it) } }
        return HttpResponse(answer.statusCode().toUShort(), headers, answer.body())
    }
}

/** A file of records that does not end. */
private class Endless : ImportStream {
    private val records = "$LATEX\n".repeat(500).toByteArray()
    private var reads = 0
    val isUnderWay = CompletableDeferred<Unit>()

    override suspend fun read(most: UInt): ByteArray {
        if (++reads == 5) isUnderWay.complete(Unit)
        return records
    }
}

/** Row 108: each long call broken off in the middle, by cancelling its coroutine and by its [Cancellation]. */
class CancellationTest {
    @TempDir lateinit var folder: Path
    private val gate = Gate()

    private fun config(name: String) =
        WalletConfig("${folder.resolve(name)}", SoftwareDeviceKey(folder.resolve("$name-device")), httpClient = gate, acceptDemonstrationLedger = true)

    @Test
    fun `each call that waits for a server is broken off and leaves everything as it was`() = runBlocking {
        waitForClinic(folder.resolve("other"))
        val words = RecoveryWords.generate()
        val (wallet, fresh) = Wallet.create(config("home"), words, pin())
        val patient = """{"resourceType":"Patient","id":"p1","name":[{"family":"Ruiz"}]}"""
        wallet.importRecords(ImportSource.Bytes("$patient\n$LATEX".toByteArray()))
        val servers = ServerProcesses.servers()
        brokenOff("connect") { wallet.connect(fresh, servers, it) }
        assertEquals(null, wallet.ledgerStatus())
        wallet.connect(fresh, servers)

        val scope = Scope(listOf(RecordCategory.ALLERGIES))
        val clinic = ProviderSelection.ById(ServerProcesses.provider)
        brokenOff("provider") { wallet.provider(clinic, it) }
        val grant = wallet.grant(fresh, GrantRequest(clinic, scope, 24.hours)).grant
        wallet.sync(wait = 60.seconds)
        val shared = wallet.share(ShareRequest(listOf(scope), 1.hours))
        val share = shared.share.id

        suspend fun state() = Triple(wallet.grants(), wallet.shares(), wallet.status())
        val before = state()
        val calls = mapOf<String, suspend (Cancellation?) -> Any>(
            "sync" to { wallet.sync(wait = 60.seconds, cancellation = it) },
            "activity" to { wallet.activity(it) },
            "providers" to { wallet.providers(it) },
            "provider" to { wallet.provider(clinic, it) },
            "verifyGrant" to { wallet.verifyGrant(grant, it) },
            "share" to { wallet.share(ShareRequest(listOf(scope), 1.hours), it) },
            // What closes a share is decided before the network takes it; what opens it waits for the host.
            "changeShare" to { wallet.changeShare(share, LinkAction.RESUME, it) },
            "shareLog" to { wallet.shareLog(share, it) },
            "openShare" to { wallet.openShare(shared.link, "Klinik", cancellation = it) },
        )
        for ((name, call) in calls) {
            brokenOff(name, call)
            assertEquals(before, state(), name)
        }
        // Left alone, each does its work.
        for (call in calls.values) call(null)

        val restored = config("restored")
        brokenOff("restore") { restoreWallet(restored, words, pin(), servers, cancellation = it) }
        assertFailsWith<WalletException.NoWallet> { Wallet.open(config("restored")) }
        wallet.release()
    }

    @Test
    fun `an import that is broken off keeps nothing`() = runBlocking {
        val (wallet, _) = Wallet.create(config("home"), RecoveryWords.generate(), pin())
        val file = repository.resolve("fixtures/patients").toFile().listFiles { it.name.endsWith(".json.gz") }!!.single()
        val one = Endless()
        val importing = launch { wallet.importRecords(ImportSource.Stream("endless", one)) }
        one.isUnderWay.await()
        importing.cancelAndJoin()
        assertEquals(0u, wallet.status().records)

        val cancellation = Cancellation()
        val other = Endless()
        launch {
            other.isUnderWay.await()
            cancellation.cancel()
        }
        assertFailsWith<WalletException.Cancelled> { wallet.importRecords(ImportSource.Stream("endless", other), cancellation = cancellation) }
        assertEquals(0u, wallet.status().records)
        wallet.importRecords(ImportSource.File("$file"))
        assertEquals(1005u, wallet.status().records)
        wallet.release()
    }

    @Test
    fun `a screen reads while a sync waits for a server`() = runBlocking {
        val (wallet, fresh) = Wallet.create(config("home"), RecoveryWords.generate(), pin())
        wallet.importRecords(ImportSource.Bytes(LATEX.toByteArray()))
        wallet.connect(fresh, ServerProcesses.servers())
        gate.isShut = true
        val syncing = launch { wallet.sync() }
        while (gate.waiting.get() == 0) delay(5.milliseconds)
        withTimeout(60.seconds) {
            val found = wallet.records(RecordQuery(text = "latex")).records.single()
            assertContains(wallet.record(found.id).decodeToString(), "LATEX I")
            assertEquals(1u, wallet.status().records)
            assertEquals(emptyList(), wallet.grants())
        }
        assertTrue(syncing.isActive)
        syncing.cancelAndJoin()
        wallet.release()
    }

    @Test
    fun `what stood in the way of a sync is told as the error of a call`() = runBlocking {
        val (wallet, fresh) = Wallet.create(config("home"), RecoveryWords.generate(), pin())
        wallet.connect(fresh, ServerProcesses.servers())
        assertEquals(null, wallet.sync().offline)
        gate.isAway = true
        assertEquals(OfflineReason.OFFLINE, assertIs<WalletException.Offline>(wallet.sync().offline).reason)
        wallet.release()
    }

    /** Starts the call with the gate shut and breaks it off once it waits there, in both ways. */
    private suspend fun brokenOff(name: String, call: suspend (Cancellation?) -> Any) = kotlinx.coroutines.coroutineScope {
        gate.isShut = true
        val cancelled = gate.cancelled.get()
        for (cancellation in listOf(null, Cancellation())) {
            val waiting = gate.waiting.get()
            var outcome: Result<Any>? = null
            val calling = launch { outcome = runCatching { call(cancellation) } }
            while (gate.waiting.get() == waiting) {
                check(calling.isActive) { "$name came to $outcome" }
                delay(5.milliseconds)
            }
            if (cancellation == null) {
                calling.cancelAndJoin()
            } else {
                cancellation.cancel()
                calling.join()
                val thrown = checkNotNull(outcome).exceptionOrNull()
                assertEquals("Cancelled", (thrown as? WalletException)?.code() ?: "$outcome", name)
            }
        }
        while (gate.cancelled.get() < cancelled + 2) delay(5.milliseconds)
        gate.isShut = false
    }
}

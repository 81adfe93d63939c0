package org.keepwell

import java.nio.file.Path
import java.util.Locale
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.condition.EnabledIfSystemProperty
import org.junit.jupiter.api.io.TempDir

/** What the boundary costs, as rows of docs/benchmarks.md; `./dev bench boundary` runs it with the library's release build. */
@EnabledIfSystemProperty(named = "keepwell.bench", matches = "true")
class BoundaryBenchmark {
    @TempDir lateinit var folder: Path

    private val page = RecordQuery(category = RecordCategory.RESULTS, limit = 50u)

    @Test
    fun `what crossing costs`() = runBlocking {
        val (wallet, _) = newWallet(folder)
        val patient = Path.of(System.getProperty("keepwell.repository"), "fixtures/patients").toFile().listFiles { file ->
            file.name.endsWith(".json.gz")
        }!!.single()
        wallet.importRecords(ImportSource.File(patient.path))
        assertEquals(50, wallet.records(page).records.size)

        aPage(wallet)
        unlocking(wallet)
        events(wallet)
        memory(wallet)
        wallet.release()
    }

    private suspend fun aPage(wallet: Wallet) = BarePage.of(wallet, page).use { bare ->
        repeat(WARM_UP) {
            wallet.records(page)
            bare.list()
            bare.page()
        }
        // In turn, so that all of them meet the same noise.
        val runs = List(RUNS) {
            listOf(
                each { wallet.records(page) },
                timeRecords(wallet, page, CALLS.toUInt()).toLong(),
                each { bare.list() },
                each { bare.page() },
            )
        }
        val (ours, store, listing, crossing) = List(4) { which -> median(runs.map { it[which] }) }
        row("a page of 50 summaries over Kotlin, against the store's own time", ours, store, 3.0)
        row("the same, against a bare list of these records over uniffi, from the store", ours, listing, 1.3)
        println("| such a bare list that was ready before, so crossing alone | ${show(crossing)} | | |")
    }

    private suspend fun unlocking(wallet: Wallet) {
        val runs = List(UNLOCKS) {
            wallet.lock()
            val began = System.nanoTime()
            wallet.unlock(pin()).close()
            wallet.records(page)
            System.nanoTime() - began to timeUnlock(wallet, pin(), page).toLong()
        }
        val (ours, rust) = listOf(runs.map { it.first }, runs.map { it.second }).map(::median)
        row("unlock with the PIN to first page through Kotlin, against Rust", ours, rust, 1.3)
    }

    private suspend fun events(wallet: Wallet) = runBlocking {
        val took = List(DELIVERIES) {
            val collected = async(Dispatchers.Default, CoroutineStart.UNDISPATCHED) {
                var next = 0uL
                wallet.events().take(EVENTS).collect { assertEquals(Event.ImportProgress(next++), it) }
            }
            val began = System.nanoTime()
            tellEvents(wallet, EVENTS.toULong())
            collected.await()
            System.nanoTime() - began
        }.let(::median)
        val met = if (took <= 1_000_000_000) "yes" else "**no**"
        println("| 10,000 events to a Kotlin flow, in order, none lost | ${show(took)} | ≤ 1 s | $met |")
    }

    /** What stays in memory when a flow has taken so many events, none of which anyone keeps. */
    private suspend fun memory(wallet: Wallet) = runBlocking {
        val taken = Channel<Int>()
        val collecting = launch(Dispatchers.Default, CoroutineStart.UNDISPATCHED) {
            var count = 0
            wallet.events().collect { if (++count in MEASURED_AT) taken.send(count) }
        }
        var told = 0
        val kept = MEASURED_AT.map { at ->
            tellEvents(wallet, (at - told).toULong())
            told = taken.receive()
            heap() to resident()
        }
        collecting.cancel()
        val (heap, resident) = kept.unzip()
        val met = if (heap.last() - heap.first() <= GROWTH_BYTES) "yes" else "**no**"
        val numbers = MEASURED_AT.joinToString(" / ") { "%,d".format(Locale.ROOT, it) }
        fun list(bytes: List<Long>) = bytes.joinToString(" / ") { "%.2f".format(Locale.ROOT, it / 1e6) } + " MB"
        println("| the heap after $numbers events and a collection (resident) | ${list(heap)} (${list(resident)}) | flat | $met |")
    }

    private fun heap(): Long {
        repeat(3) {
            System.gc()
            Thread.sleep(50)
        }
        return Runtime.getRuntime().run { totalMemory() - freeMemory() }
    }

    /** Of the whole process, the library's part among it; 0 where the system does not tell. */
    private fun resident(): Long {
        val status = Path.of("/proc/self/status").toFile()
        if (!status.exists()) return 0
        return 1024 * status.readLines().first { it.startsWith("VmRSS:") }.filter(Char::isDigit).toLong()
    }

    private suspend fun each(call: suspend () -> Unit): Long {
        val began = System.nanoTime()
        repeat(CALLS) { call() }
        return (System.nanoTime() - began) / CALLS
    }

    private fun row(work: String, ours: Long, peer: Long, limit: Double) {
        val ratio = ours.toDouble() / peer
        val met = if (ratio <= limit) "yes" else "**no**"
        println("| $work | ${"%.2f".format(Locale.ROOT, ratio)}× (${show(ours)} against ${show(peer)}) | ≤ $limit× | $met |")
    }

    private fun show(nanoseconds: Long) =
        if (nanoseconds >= 1_000_000) "${"%.2f".format(Locale.ROOT, nanoseconds / 1e6)} ms"
        else "${"%.1f".format(Locale.ROOT, nanoseconds / 1e3)} µs"

    private fun median(times: List<Long>) = times.sorted()[times.size / 2]

    private companion object {
        const val WARM_UP = 5_000
        // So short that most runs are not interrupted by what else this machine does.
        const val CALLS = 5
        const val RUNS = 1_500
        const val DELIVERIES = 15
        const val UNLOCKS = 7
        const val EVENTS = 10_000
        val MEASURED_AT = listOf(1_000, 5_000, 10_000)
        const val GROWTH_BYTES = 100_000
    }
}

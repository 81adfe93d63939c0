package org.keepwell

import java.nio.file.Path
import kotlin.test.Test
import kotlin.test.assertEquals
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.collect
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.condition.EnabledIfSystemProperty
import org.junit.jupiter.api.io.TempDir

/** What the boundary costs, as rows of docs/benchmarks.md; `./dev bench boundary` runs it with the library's release build. */
@EnabledIfSystemProperty(named = "keepwell.bench", matches = "true")
class BoundaryBenchmark {
    @TempDir lateinit var folder: Path

    private val page = RecordQuery(category = Category.RESULTS, limit = 50u)

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
        wallet.release()
    }

    private suspend fun aPage(wallet: Wallet) = BarePage.of(wallet, page).use { bare ->
        repeat(WARM_UP) {
            wallet.records(page)
            bare.page()
        }
        // In turn, so that all three meet the same noise.
        val runs = List(RUNS) {
            Triple(
                each { wallet.records(page) },
                each { bare.page() },
                timeRecords(wallet, page, CALLS.toUInt()).toLong(),
            )
        }
        val (ours, crossing, store) = listOf(runs.map { it.first }, runs.map { it.second }, runs.map { it.third }).map(::median)
        row("a page of 50 summaries over Kotlin, against the store's own time", ours, store, 3.0)
        row("the same, against a bare list of these records over uniffi", ours, crossing, 1.3)
    }

    private suspend fun unlocking(wallet: Wallet) {
        val runs = List(UNLOCKS) {
            wallet.lock()
            val began = System.nanoTime()
            wallet.unlock(PIN.toByteArray()).close()
            wallet.records(page)
            System.nanoTime() - began to timeUnlock(wallet, PIN.toByteArray(), page).toLong()
        }
        val (ours, rust) = listOf(runs.map { it.first }, runs.map { it.second }).map(::median)
        row("unlock with the PIN to first page through Kotlin, against Rust", ours, rust, 1.3)
    }

    private suspend fun events(wallet: Wallet) = runBlocking {
        val took = List(RUNS) {
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

    private suspend fun each(call: suspend () -> Unit): Long {
        val began = System.nanoTime()
        repeat(CALLS) { call() }
        return (System.nanoTime() - began) / CALLS
    }

    private fun row(work: String, ours: Long, peer: Long, limit: Double) {
        val ratio = ours.toDouble() / peer
        val met = if (ratio <= limit) "yes" else "**no**"
        println("| $work | ${"%.2f".format(java.util.Locale.ROOT, ratio)}× (${show(ours)} against ${show(peer)}) | ≤ $limit× | $met |")
    }

    private fun show(nanoseconds: Long) =
        if (nanoseconds >= 1_000_000) "${"%.2f".format(java.util.Locale.ROOT, nanoseconds / 1e6)} ms"
        else "${"%.1f".format(java.util.Locale.ROOT, nanoseconds / 1e3)} µs"

    private fun median(times: List<Long>) = times.sorted()[times.size / 2]

    private companion object {
        const val WARM_UP = 5_000
        const val CALLS = 500
        const val RUNS = 15
        const val UNLOCKS = 7
        const val EVENTS = 10_000
    }
}

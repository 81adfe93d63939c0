package org.keepwell.wallet.screen

import java.time.Instant
import java.time.LocalDate
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Period
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.navigation.Route

class RecordsModelTest {
    private fun Bench.model(category: Category? = null) = RecordsModel(category, wallet, navigator, clock, scope).also { settle() }

    @Test
    fun `a category lists its records, the root the home until something is searched for`() = onBench {
        assertTrue(model(Category.VITALS).state.value.isList)
        assertNull(model(Category.VITALS).home)
        val root = model()
        assertFalse(root.state.value.isList)
        assertEquals(wallet.recordList.size.toLong(), checkNotNull(root.home).state.value.counts.sumOf { it.count })
    }

    @Test
    fun `a locked wallet lists nothing and says so`() = onBench(unlocked = false) {
        val state = model(Category.RESULTS).state.value
        assertEquals(Problem.Locked, state.problem)
        assertTrue(state.records.isEmpty())
        assertFalse(state.isNothingFound)
    }

    @Test
    fun `a category loads page by page and each record once`() = onBench {
        val model = model(Category.RESULTS)
        assertEquals(50, model.state.value.records.size)
        assertTrue(model.state.value.hasMore)
        model.on(RecordsEvent.More)
        model.on(RecordsEvent.More)
        settle()
        assertEquals(71, model.state.value.records.map { it.id }.distinct().size)
        assertEquals(71, model.state.value.records.size)
        assertFalse(model.state.value.hasMore)
        model.on(RecordsEvent.More)
        settle()
        assertEquals(71, model.state.value.records.size)
    }

    @Test
    fun `a search waits until typing pauses and forgets what was typed before`() = onBench {
        val model = model()
        model.on(RecordsEvent.Search("peni"))
        test.testScheduler.advanceTimeBy(100.milliseconds)
        model.on(RecordsEvent.Search("hyper"))
        test.testScheduler.advanceTimeBy(240.milliseconds)
        settle()
        assertTrue(model.state.value.records.isEmpty())
        test.testScheduler.advanceTimeBy(20.milliseconds)
        settle()
        assertEquals(listOf("Essential hypertension"), model.state.value.records.map { it.title })
        model.on(RecordsEvent.Search("no such thing"))
        test.testScheduler.advanceTimeBy(300.milliseconds)
        settle()
        assertTrue(model.state.value.isNothingFound)
        model.on(RecordsEvent.Search(""))
        test.testScheduler.advanceTimeBy(300.milliseconds)
        settle()
        assertFalse(model.state.value.isList)
    }

    private fun Bench.type(model: RecordsModel, text: String) {
        model.on(RecordsEvent.Search(text))
        test.testScheduler.advanceTimeBy(300.milliseconds)
        settle()
    }

    @Test
    fun `a search is narrowed to a kind and to a time, and the next one is not`() = onBench {
        val model = model()
        fun found() = model.state.value.records.map { it.title }.distinct()
        model.on(RecordsEvent.Choose(Category.CONDITIONS))
        assertFalse(model.state.value.isList)
        type(model, "hyper")
        type(model, "e")
        assertTrue(found().size > 2)
        model.on(RecordsEvent.Choose(Category.CONDITIONS))
        settle()
        assertEquals(listOf<String?>("Type 2 diabetes", "Essential hypertension"), found())
        model.on(RecordsEvent.Within(Period.FIVE_YEARS))
        settle()
        assertTrue(found().isEmpty())
        model.on(RecordsEvent.Choose(Category.MEDICATIONS))
        settle()
        assertEquals(listOf<String?>("Metformin 500 mg tablet", "Lisinopril 10 mg tablet"), found())
        model.on(RecordsEvent.Choose(null))
        settle()
        assertTrue(found().size > 2)
        type(model, "")
        assertEquals(null to Period.ANY, model.state.value.run { kind to period })
    }

    @Test
    fun `a category is narrowed to a time and to no other kind`() = onBench {
        val model = model(Category.RESULTS)
        model.on(RecordsEvent.Choose(Category.MEDICATIONS))
        model.on(RecordsEvent.Within(Period.YEAR))
        settle()
        assertNull(model.state.value.kind)
        assertTrue(model.state.value.records.all { it.category == Category.RESULTS && it.date.orEmpty() >= "2025-11-21" })
        assertFalse(model.state.value.hasMore)
        assertTrue(model.state.value.records.isNotEmpty())
        type(model, "")
        assertEquals(Period.YEAR, model.state.value.period)
    }

    @Test
    fun `a period begins on the day as records show it`() {
        val today = LocalDate.parse("2028-02-29")
        assertNull(Period.ANY.since(today))
        assertEquals(Instant.parse("2027-02-28T00:00:00Z"), Period.YEAR.since(today))
        assertEquals(Instant.parse("2023-02-28T00:00:00Z"), Period.FIVE_YEARS.since(today))
    }

    @Test
    fun `leads to a record`() = onBench {
        val model = model()
        val first = wallet.recordList.first().summary.id
        model.on(RecordsEvent.Open(first))
        assertEquals(Route.Record(first), navigator.routes.value.last())
    }

    @Test
    fun `prints neither what was searched for nor what was found`() = onBench {
        val model = model()
        model.on(RecordsEvent.Search("hypertension"))
        test.testScheduler.advanceTimeBy(300.milliseconds)
        settle()
        assertEquals("RecordsState(..)", model.state.value.toString())
        assertEquals("RecordSummary(..)", model.state.value.records.single().toString())
        assertEquals("Search(..)", RecordsEvent.Search("hypertension").toString())
    }
}

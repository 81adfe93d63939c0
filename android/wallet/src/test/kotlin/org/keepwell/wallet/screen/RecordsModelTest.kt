package org.keepwell.wallet.screen

import java.time.Instant
import java.time.LocalDate
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeRecord
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Period
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordOrder
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

    private fun Bench.timeline() = RecordsModel(null, wallet, navigator, clock, scope, isTimeline = true).also { settle() }

    @Test
    fun `a timeline has everything under its day, as precise as it is known`() = onBench {
        wallet.recordList.removeAll { it.summary.title == "Creatinine" }
        wallet.recordList.replaceAll { record ->
            val date = mapOf("Penicillin" to "2009", "Lisinopril 10 mg tablet" to "2026-01-11T08:30:00+02:00", "Check-up" to null)
            val title = record.summary.title
            if (title in date) FakeRecord(record.summary.copy(date = date[title]), record.type, record.content, record.picture) else record
        }
        val model = timeline()
        val days = model.state.value.days
        assertNull(model.home)
        assertEquals(model.state.value.records, days.flatMap { it.records }, "the order is the wallet's")
        assertEquals(days.map { it.day }.distinct(), days.map { it.day }, "each day once")
        fun of(title: String) = days.single { day -> day.records.any { it.title == title } }.day
        assertEquals(listOf("2009", "2021-02", "2026-01-11", null), listOf("Penicillin", "Type 2 diabetes", "Lisinopril 10 mg tablet", "Check-up").map(::of))
        assertEquals(2, days.single { it.day == "2026-09-18" }.records.size)
        assertEquals(wallet.recordList.size.toLong(), model.state.value.counts.sumOf { it.count })
    }

    @Test
    fun `a timeline by arrival begins with what came in last, under the day on which it came`() = onBench {
        wallet.recordList.removeAll { it.summary.title == "Creatinine" }
        val model = timeline()
        model.on(RecordsEvent.Within(Period.YEAR))
        model.on(RecordsEvent.Order(RecordOrder.LATEST_ARRIVAL))
        assertEquals(Period.ANY to false, model.state.value.run { period to hasPeriods }, "a period is one of dates")
        settle()
        assertEquals("Discharge letter", model.state.value.records.first().title)
        assertEquals(listOf("2026-10-08", "2026-10-05"), model.state.value.days.map { it.day })
        val category = model(Category.DOCUMENTS)
        category.on(RecordsEvent.Order(RecordOrder.LATEST_ARRIVAL))
        assertEquals(RecordOrder.NEWEST_FIRST, category.state.value.order, "only a timeline has another order")
        assertTrue(category.state.value.days.isEmpty())
    }

    @Test
    fun `a timeline is narrowed, searched, and goes on page by page in its order`() = onBench {
        val model = timeline()
        assertTrue(model.state.value.hasMore)
        model.on(RecordsEvent.More)
        settle()
        assertEquals(wallet.recordList.size, model.state.value.days.sumOf { it.records.size })
        model.on(RecordsEvent.Choose(Category.CONDITIONS))
        settle()
        assertEquals(listOf("2021-02", "2018-11-02"), model.state.value.days.map { it.day })
        type(model, "hypertension")
        assertEquals(listOf("2018-11-02"), model.state.value.days.map { it.day })
        type(model, "")
        assertEquals(Category.CONDITIONS, model.state.value.kind, "an emptied search keeps the timeline as it was")
        assertEquals(2, model.state.value.records.size)
    }
}

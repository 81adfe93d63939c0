package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.model.Category
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

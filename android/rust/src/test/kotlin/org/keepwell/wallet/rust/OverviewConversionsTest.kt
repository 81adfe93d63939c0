package org.keepwell.wallet.rust

import java.time.Instant
import kotlin.test.assertEquals
import kotlin.test.assertNull
import org.junit.jupiter.api.Test
import org.keepwell.About
import org.keepwell.ChartMeasure
import org.keepwell.ChartValue
import org.keepwell.Overview
import org.keepwell.RecordCategory
import org.keepwell.RecordId
import org.keepwell.RecordSummary
import org.keepwell.ToDo
import org.keepwell.wallet.model.Arrival
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Measure
import org.keepwell.wallet.model.Owner
import org.keepwell.wallet.model.PictureValue
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.model.Trend

class OverviewConversionsTest {
    private fun record(title: String) = RecordSummary(
        RecordId("00"), "Observation", RecordCategory.RESULTS, "2026-09-18", null, title, ChartValue.Text("6.90 %"), null, "final", listOf(org.keepwell.Validity.VALID), "file",
        Instant.EPOCH,
    )

    private fun current(vararg titles: String, more: Int = 0) = org.keepwell.Current(titles.map(::record), more.toULong())

    @Test
    fun `each part of an overview comes to its place`() {
        val overview = Overview(
            About("Ana", "1974-03-09"), current("Latex"), current("Asthma", more = 3), current("Metformin", "Lisinopril"),
            listOf(org.keepwell.LatestResult(record("Ferritin"), org.keepwell.Trend.DOWN), org.keepwell.LatestResult(record("Sodium"), null)),
            listOf(org.keepwell.CategoryCount(RecordCategory.VITALS, 7uL)), emptyList(), 4_000_000_000u,
        ).toModel()
        assertEquals(Owner("Ana", "1974-03-09"), overview.owner)
        assertEquals(listOf("Latex"), overview.allergies.records.map { it.title })
        assertEquals(listOf("Asthma") to 3L, overview.problems.run { records.map { it.title } to more })
        assertEquals(listOf("Metformin", "Lisinopril"), overview.medicines.records.map { it.title })
        assertEquals(listOf("Ferritin" to Trend.DOWN, "Sodium" to null), overview.results.map { it.record.title to it.trend })
        assertEquals(PictureValue.Text("6.90 %"), overview.results.first().record.value)
        assertEquals(listOf(CategoryCount(Category.VITALS, 7)), overview.new)
        assertEquals(4_000_000_000u, overview.newest.toLibrary())
        assertNull(Overview(null, current(), current(), current(), emptyList(), emptyList(), emptyList(), 0u).toModel().owner)
        assertEquals(7u, Arrival(7).toLibrary())
    }

    @Test
    fun `what there is to do keeps its order and its counts`() {
        val todo = listOf(
            ToDo.TakenOver, ToDo.SendDecisions(1uL), ToDo.CheckClinics(2uL), ToDo.CheckWords, ToDo.Connect, ToDo.AgreeToSendAgain, ToDo.SendRecords(3uL),
            ToDo.EndSoon(4uL), ToDo.LookThrough(5uL),
        )
        val expected = listOf(
            Todo.TakenOver, Todo.SendDecisions(1), Todo.CheckClinics(2), Todo.CheckWords, Todo.Connect, Todo.AgreeToSendAgain, Todo.SendRecords(3),
            Todo.EndSoon(4), Todo.LookThrough(5),
        )
        assertEquals(expected, todo.map { it.toModel() })
    }

    @Test
    fun `a measure keeps its bounds, also where it has none`() {
        assertEquals(Measure(6.9, "%", 4.0, 5.6), ChartMeasure(6.9, "%", 4.0, 5.6).toModel())
        assertEquals(Measure(7.0, null, null, null), ChartMeasure(7.0, null, null, null).toModel())
    }
}

package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordId

class RecordModelTest {
    private fun Bench.model(id: RecordId) = RecordModel(id, wallet.records, scope).also { settle() }

    private fun Bench.titled(title: String) = wallet.recordList.first { it.summary.title == title }

    @Test
    fun `shows plain fields, numbers as they were written`() = onBench {
        val state = model(titled("Hemoglobin A1c").summary.id).state.value
        assertEquals("Hemoglobin A1c", state.view?.title)
        val fields = state.view!!.fields.associate { it.label to it.value }
        assertEquals("6.90 %", fields[FieldLabel.VALUE])
        assertEquals("4.0 % – 5.6 %", fields[FieldLabel.RANGE])
        assertEquals("Springfield Laboratory", fields[FieldLabel.PERFORMER])
        assertFalse(state.showsReceived)
    }

    @Test
    fun `shows each part of a measurement of several`() = onBench {
        val fields = model(titled("Blood pressure").summary.id).state.value.view!!.fields
        assertEquals(listOf("Systolic: 128 mmHg", "Diastolic: 82 mmHg"), fields.filter { it.label == FieldLabel.VALUE }.map { it.value })
    }

    @Test
    fun `keeps what was received, to the character`() = onBench {
        val record = titled("Penicillin")
        val model = model(record.summary.id)
        assertEquals(record.content, model.state.value.received)
        model.on(RecordEvent.ToggleReceived)
        assertTrue(model.state.value.showsReceived)
        model.on(RecordEvent.ToggleReceived)
        assertFalse(model.state.value.showsReceived)
    }

    @Test
    fun `a record that is not in the wallet is said to be missing`() = onBench {
        val state = model(RecordId("0".repeat(64))).state.value
        assertEquals(Problem.NotFound("NoSuchRecord"), state.problem)
        assertNull(state.view)
    }

    @Test
    fun `what is no FHIR is still shown as received`() {
        for (text in listOf("", "no json", "[1,2]", "\"text\"", "{\"resourceType\":\"Basic\"}", "{\"code\":{\"text\":[]},\"valueQuantity\":7}")) {
            val view = RecordView.read(text)
            assertTrue(view.fields.isEmpty(), text)
            assertNull(view.title, text)
        }
    }

    @Test
    fun `prints nothing out of a record`() = onBench {
        val state = model(titled("Penicillin").summary.id).state.value
        assertEquals("RecordState(..) RecordView(..) [Field(..)]", "$state ${state.view} ${state.view!!.fields.take(1)}")
    }
}

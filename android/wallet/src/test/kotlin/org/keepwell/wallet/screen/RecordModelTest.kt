package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeRecord
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.PictureRow
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.VersionStanding
import org.keepwell.wallet.navigation.Route

class RecordModelTest {
    private fun Bench.model(id: RecordId) = RecordModel(id, wallet.records, navigator, scope).also { settle() }

    private fun Bench.titled(title: String) = wallet.recordList.first { it.summary.title == title }

    @Test
    fun `shows the picture that the library makes`() = onBench {
        val record = titled("Hemoglobin A1c")
        val state = model(record.summary.id).state.value
        assertEquals(record.picture, state.picture)
        assertFalse(state.showsReceived)
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
        assertNull(state.picture)
    }

    @Test
    fun `what can't be read is shown as received`() = onBench {
        val id = RecordId("f".repeat(64))
        val picture = RecordPicture("Springfield Health", PictureRow(RecordKind.UNREADABLE, "", null))
        wallet.recordList += FakeRecord(RecordSummary(id, Category.OTHER, null, null, "Springfield Health"), "", "no json", picture)
        val state = model(id).state.value
        assertEquals("no json", state.received)
        assertTrue(state.showsReceived)
    }

    @Test
    fun `versions are told, the newest first`() = onBench {
        val history = model(titled("Discharge letter").summary.id).state.value.history
        assertEquals(listOf(2 to VersionStanding.PRESENT, 1 to VersionStanding.SUPERSEDED), history.map { it.number to it.standing })
    }

    @Test
    fun `other results of the kind are there, without this one, some at first and all when asked for`() = onBench {
        val id = titled("Creatinine").summary.id
        val model = model(id)
        assertEquals(69, model.state.value.others.size)
        assertFalse(model.state.value.others.any { it.id == id })
        assertEquals(5, model.state.value.shownOthers.size)
        model.on(RecordEvent.ShowAllOthers)
        assertEquals(model.state.value.others, model.state.value.shownOthers)
        val other = model.state.value.others.first().id
        model.on(RecordEvent.Open(other))
        assertEquals(Route.Record(other), navigator.routes.value.last())
    }

    @Test
    fun `what is no result has no others`() = onBench {
        wallet.recordList += titled("Metformin 500 mg tablet")
        assertTrue(model(titled("Metformin 500 mg tablet").summary.id).state.value.others.isEmpty())
    }

    @Test
    fun `prints nothing out of a record`() = onBench {
        val state = model(titled("Penicillin").summary.id).state.value
        assertEquals("RecordState(..) RecordPicture(..) [PictureFact(..)]", "$state ${state.picture} ${state.picture!!.facts.take(1)}")
    }
}

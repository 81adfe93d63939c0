package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job
import kotlinx.coroutines.plus
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SetAsideKind

class ImportsModelTest {
    private fun Bench.model(): ImportsModel {
        scope.launchNow { wallet.imports.importFiles(listOf(FakeFile("lab.json", "record Zinc\npicture\ntable"))) }
        test.testScheduler.advanceTimeBy(1.seconds)
        settle()
        return ImportsModel(wallet.imports, scope).also { settle() }
    }

    @Test
    fun `what came in and what was set aside is listed`() = onBench {
        val state = model().state.value
        assertEquals(listOf("lab.json"), state.imports.map { it.source })
        assertEquals(listOf(SetAsideKind.PICTURE, SetAsideKind.TABLE), state.setAside.map { it.kind })
    }

    @Test
    fun `an import is taken back after asking, and once`() = onBench {
        val before = wallet.recordList.size
        val model = model()
        val id = model.state.value.imports.single().id
        model.on(ImportsEvent.AskUndo(id))
        settle()
        assertEquals(1, model.state.value.undoing?.reach?.records)
        model.on(ImportsEvent.Keep)
        assertNull(model.state.value.undoing)
        model.on(ImportsEvent.AskUndo(id))
        settle()
        model.on(ImportsEvent.Undo)
        settle()
        assertEquals(1, model.state.value.undone?.removed)
        assertEquals(before, wallet.recordList.size)
        model.on(ImportsEvent.AskUndo(id))
        settle()
        assertNull(model.state.value.undoing)
    }

    @Test
    fun `what was confirmed is done, though the screen is left`() = onBench {
        val before = wallet.recordList.size
        model()
        val own = scope + Job(scope.coroutineContext.job)
        val model = ImportsModel(wallet.imports, own)
        settle()
        val (undoing, dropping) = List(2) { CompletableDeferred<Unit>() }
        model.on(ImportsEvent.AskUndo(model.state.value.imports.single().id))
        settle()
        wallet.gate = undoing
        model.on(ImportsEvent.Undo)
        own.cancel()
        assertEquals(before + 1, wallet.recordList.size)
        undoing.complete(Unit)
        settle()
        assertEquals(before, wallet.recordList.size)

        val other = scope + Job(scope.coroutineContext.job)
        val next = ImportsModel(wallet.imports, other)
        settle()
        wallet.gate = dropping
        next.on(ImportsEvent.AskDrop(next.state.value.setAside.first().id))
        next.on(ImportsEvent.Drop)
        other.cancel()
        dropping.complete(Unit)
        settle()
        assertEquals(listOf(SetAsideKind.TABLE), ImportsModel(wallet.imports, scope).also { settle() }.state.value.setAside.map { it.kind })
    }

    @Test
    fun `what was set aside goes for good after asking`() = onBench {
        val model = model()
        val picture = model.state.value.setAside.first()
        model.on(ImportsEvent.AskDrop(picture.id))
        assertEquals(2, model.state.value.setAside.size)
        model.on(ImportsEvent.Drop)
        settle()
        assertEquals(listOf(SetAsideKind.TABLE), model.state.value.setAside.map { it.kind })
    }

    @Test
    fun `a locked wallet lists nothing and says so`() = onBench(unlocked = false) {
        val model = ImportsModel(wallet.imports, scope).also { settle() }
        assertEquals(Problem.Locked, model.state.value.problem)
        assertTrue(model.state.value.imports.isEmpty())
    }
}

package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SetAsideKind

class ImportModelTest {
    private var left = 0

    private fun Bench.model(file: FakeFile) = model(Incoming.File(file))

    private fun Bench.model(incoming: Incoming.Records) = ImportModel(incoming, "a patient", wallet.imports, { left++ }, scope)

    private fun Bench.take(model: ImportModel) {
        model.on(ImportEvent.Accept)
        test.testScheduler.advanceTimeBy(10.seconds)
        settle()
    }

    @Test
    fun `nothing is opened before the person says so`() = onBench {
        val file = FakeFile("lab.json", "person Ana\nrecord Ferritin\npicture")
        val model = model(file)
        settle()
        assertEquals("lab.json", model.state.value.fileName)
        assertEquals(0, file.opened)
        take(model)
        val report = checkNotNull(model.state.value.report)
        assertEquals(1L to listOf(SetAsideKind.PICTURE), report.added to report.setAside)
    }

    @Test
    fun `the progress is told, and what is cancelled takes nothing`() = onBench {
        val before = wallet.recordList.size
        val model = model(FakeFile("long.json", List(100) { "record Ferritin $it" }.joinToString("\n")))
        model.on(ImportEvent.Accept)
        test.testScheduler.advanceTimeBy(100.milliseconds)
        settle()
        val share = checkNotNull(model.state.value.share)
        assertTrue(share > 0.2 && share < 0.8, "$share")
        model.on(ImportEvent.Cancel)
        test.testScheduler.advanceTimeBy(10.seconds)
        settle()
        assertEquals(ImportStep.ASK, model.state.value.step)
        assertNull(model.state.value.problem)
        assertEquals(before, wallet.recordList.size)
        assertEquals(0, left)
        model.on(ImportEvent.Cancel)
        assertEquals(1, left)
    }

    @Test
    fun `of several people one is the patient`() = onBench {
        val model = model(FakeFile("family.json", "person Ana\nperson Tomás\nrecord Ferritin"))
        take(model)
        assertEquals(ImportStep.WHO_IS_IT, model.state.value.step)
        assertEquals(listOf("Ana", "Tomás"), model.state.value.people.map { it.name })
        assertFalse("Ana" in model.state.value.toString())
        model.on(ImportEvent.Choose(2))
        test.testScheduler.advanceTimeBy(10.seconds)
        settle()
        assertEquals(3, model.state.value.report?.ofOthers)
    }

    @Test
    fun `a file that breaks off in the middle is said to be so, and can be tried again`() = onBench {
        val file = FakeFile("lab.json", "record Ferritin", breaks = true)
        val model = model(file)
        take(model)
        assertEquals(ImportStep.ASK to Problem.FileUnreadable("ImportIo"), model.state.value.run { step to problem })
        take(model)
        assertEquals(2, file.opened)
    }

    @Test
    fun `taking it back is asked about first`() = onBench {
        val before = wallet.recordList.size
        val model = model(FakeFile("lab.json", "record Ferritin\nrecord Zinc"))
        take(model)
        model.on(ImportEvent.AskUndo)
        settle()
        assertEquals(2, model.state.value.undoing?.records)
        model.on(ImportEvent.KeepAll)
        assertEquals(before + 2, wallet.recordList.size)
        model.on(ImportEvent.AskUndo)
        settle()
        model.on(ImportEvent.Undo)
        settle()
        assertEquals(2, model.state.value.undone?.removed)
        assertEquals(before, wallet.recordList.size)
    }

    @Test
    fun `a link is fetched once the person says so, and once only`() = onBench {
        val model = model(Incoming.Link("shlink:/abc"))
        take(model)
        assertEquals(Problem.LinkUnreadable("LinkNotActive"), model.state.value.problem)
        wallet.imports.links["shlink:/abc"] = FakeFile("shared.json", "person Ana\nperson Tomás\nrecord Zinc")
        take(model)
        wallet.imports.links.clear()
        model.on(ImportEvent.Choose(1))
        test.testScheduler.advanceTimeBy(10.seconds)
        settle()
        assertEquals(1, model.state.value.report?.added)
    }

    @Test
    fun `what comes from outside is of three kinds, or nothing`() {
        assertTrue(Incoming.of("https://share.example.org/#shlink:/abc") is Incoming.Link)
        assertTrue(Incoming.of("keepwell:c/abc") is Incoming.Connection)
        for (other in listOf("", "https://example.org", "keepwell:p/abc", "shlink:/" + "a".repeat(70_000))) assertNull(Incoming.of(other))
        assertFalse("abc" in "${Incoming.of("shlink:/abc")} ${Incoming.of("keepwell:c/abc")}")
    }
}

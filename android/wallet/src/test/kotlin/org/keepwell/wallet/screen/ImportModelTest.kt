package org.keepwell.wallet.screen

import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CompletableDeferred
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeFile
import org.keepwell.wallet.fake.FakeLink
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SetAsideKind

class ImportModelTest {
    private var left = 0

    private fun Bench.model(file: FakeFile) = model(Incoming.File(file))

    private fun Bench.model(incoming: Incoming.Records) = ImportModel(incoming, wallet.imports, clock, { left++ }, scope)

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
    fun `who leaves while it is taken back leaves at once, and who asks again then is not heard`() = onBench {
        val before = wallet.recordList.size
        val model = model(FakeFile("lab.json", "record Ferritin"))
        take(model)
        model.on(ImportEvent.Undo)
        settle()
        assertEquals(before + 1, wallet.recordList.size, "nobody was asked")
        model.on(ImportEvent.AskUndo)
        settle()
        val busy = CompletableDeferred<Unit>()
        wallet.gate = busy
        model.on(ImportEvent.Undo)
        model.on(ImportEvent.AskUndo)
        settle()
        assertNull(model.state.value.undoing)
        model.on(ImportEvent.Cancel)
        assertEquals(1, left)
        busy.complete(Unit)
        settle()
        assertEquals(before, wallet.recordList.size)
    }

    @Test
    fun `a link is fetched once the person says so, and once only`() = onBench {
        val model = model(Incoming.Link("shlink:/abc"))
        take(model)
        assertEquals(Problem.LinkEnded, model.state.value.problem)
        wallet.imports.links["shlink:/abc"] = FakeLink(FakeFile("shared.json", "person Ana\nperson Tomás\nrecord Zinc"))
        take(model)
        wallet.imports.links.clear()
        model.on(ImportEvent.Choose(1))
        test.testScheduler.advanceTimeBy(10.seconds)
        settle()
        assertEquals(1, model.state.value.report?.added)
    }

    @Test
    fun `a link says of itself where it leads, and is not opened before the person says so`() = onBench {
        val link = FakeLink(FakeFile("a.json", "record Zinc"), FakeFile("b.json", "record Ferritin"), preview = over)
        wallet.imports.links["shlink:/abc"] = link
        val model = model(Incoming.Link("shlink:/abc"))
        settle()
        assertEquals(over to true, model.state.value.run { this.link to isLinkOver })
        assertEquals(0, link.opened)
        assertEquals(emptyList(), wallet.imports.openedAs)
        take(model)
        assertEquals(listOf("Keepwell"), wallet.imports.openedAs)
        assertEquals(1L to 2L, link.opened.toLong() to model.state.value.report?.added)
    }

    @Test
    fun `a passcode is asked for, forgotten out of sight, and after a wrong one asked for again`() = onBench {
        val locked = FakeLink.PREVIEW.copy(needsPasscode = true)
        wallet.imports.links["shlink:/abc"] = FakeLink(FakeFile("a.json", "record Zinc"), preview = locked, passcode = "4821")
        val model = model(Incoming.Link("shlink:/abc"))
        take(model)
        assertEquals(ImportStep.ASK to null, model.state.value.run { step to problem })
        model.on(ImportEvent.TypePasscode("4821"))
        assertFalse("4821" in "${model.state.value} ${ImportEvent.TypePasscode("4821")}")
        model.hide()
        assertFalse(model.state.value.canAccept)
        model.on(ImportEvent.TypePasscode("1111"))
        take(model)
        assertEquals(Problem.WrongPasscode(1) to "", model.state.value.run { problem to passcode })
        model.on(ImportEvent.TypePasscode(" 4821 "))
        assertNull(model.state.value.problem)
        take(model)
        assertEquals(1, model.state.value.report?.added)
    }

    @Test
    fun `what was fetched with a passcode is tried again without asking for it again`() = onBench {
        val locked = FakeLink.PREVIEW.copy(needsPasscode = true)
        wallet.imports.links["shlink:/abc"] = FakeLink(FakeFile("a.json", "record Zinc"), preview = locked, passcode = "4821")
        wallet.imports.problem = Problem.DiskFull
        val model = model(Incoming.Link("shlink:/abc"))
        assertEquals(true, model.state.value.link?.needsPasscode)
        model.on(ImportEvent.TypePasscode("4821"))
        take(model)
        assertEquals(ImportStep.ASK to Problem.DiskFull, model.state.value.run { step to problem })
        assertEquals(false to true, model.state.value.run { link?.needsPasscode to canAccept })
        wallet.imports.problem = null
        take(model)
        assertEquals(1, model.state.value.report?.added)
    }

    @Test
    fun `a link that can't be read can't be taken in`() = onBench {
        val model = model(Incoming.Link("shlink:/damaged"))
        take(model)
        assertEquals(ImportStep.ASK to Problem.LinkUnreadable("NotAHealthLink"), model.state.value.run { step to problem })
        assertFalse(model.state.value.canAccept)
    }

    @Test
    fun `what is pasted goes on where it is a link to records, and is said to be none otherwise`() = onBench {
        val taken = ArrayList<Incoming.Link>()
        val model = PasteLinkModel({ taken += it }, scope)
        model.on(PasteLinkEvent.Next)
        assertFalse(model.state.value.isNone)
        for (other in listOf("https://example.org", "keepwell:c/abc")) {
            model.on(PasteLinkEvent.Type(other))
            model.on(PasteLinkEvent.Next)
            assertTrue(model.state.value.isNone, other)
        }
        model.on(PasteLinkEvent.Type("For you: https://viewer.example/#shlink:/abc"))
        assertFalse(model.state.value.isNone)
        assertFalse("abc" in "${model.state.value} ${PasteLinkEvent.Type("abc")}")
        model.on(PasteLinkEvent.Next)
        assertEquals(listOf("For you: https://viewer.example/#shlink:/abc"), taken.map { it.text })
    }

    private val over = FakeLink.PREVIEW.copy(expires = Bench.START.minusSeconds(1))

    @Test
    fun `what comes from outside is of three kinds, or nothing`() {
        assertTrue(Incoming.of("https://share.example.org/#shlink:/abc") is Incoming.Link)
        assertTrue(Incoming.of("keepwell:c/abc") is Incoming.Connection)
        for (other in listOf("", "https://example.org", "keepwell:p/abc", "shlink:/" + "a".repeat(70_000))) assertNull(Incoming.of(other))
        assertFalse("abc" in "${Incoming.of("shlink:/abc")} ${Incoming.of("keepwell:c/abc")}")
    }
}

package org.keepwell.wallet.screen

import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeHealth
import org.keepwell.wallet.fake.FakePlace
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.AttachmentKind
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordAttachment
import org.keepwell.wallet.navigation.Route

class AttachmentModelTest {
    private val letter = FakeData.records.first { it.summary.title == "Discharge letter" }

    private fun index(title: String?) = letter.picture.attachments.indexOfFirst { it.title == title }

    private fun Bench.model(title: String?, chosen: ExportPlace? = null) =
        AttachmentModel(letter.summary.id, index(title), wallet.records, chosen, scope).also { settle() }

    /** Waits for what is written beside the test's own time. */
    private fun Bench.await(model: AttachmentModel, until: (AttachmentState) -> Boolean): AttachmentState = runBlocking {
        withTimeout(60_000) {
            while (!until(model.state.value)) {
                settle()
                kotlinx.coroutines.delay(5)
            }
            model.state.value
        }
    }

    @Test
    fun `what can be shown is told by the media type, as far as it is written`() {
        val kinds = mapOf(
            "application/pdf" to AttachmentKind.PAGES, "Application/PDF; charset=binary" to AttachmentKind.PAGES, "image/jpeg" to AttachmentKind.PICTURE,
            "image/png" to AttachmentKind.PICTURE, "text/plain;charset=utf-8" to AttachmentKind.TEXT, "text/rtf" to AttachmentKind.OTHER,
            "text/html" to AttachmentKind.OTHER, "image/svg+xml" to AttachmentKind.OTHER, "image/tiff" to AttachmentKind.OTHER, "" to AttachmentKind.OTHER,
        )
        for ((type, kind) in kinds) assertEquals(kind, AttachmentKind.of(type), type)
        assertEquals(AttachmentKind.OTHER, AttachmentKind.of(null))
    }

    @Test
    fun `takes the file out of its record, and overwrites it when it is left`() = onBench {
        val model = model("Photo of the ward")
        val file = assertNotNull(model.state.value.file)
        assertEquals(AttachmentKind.PICTURE, model.state.value.kind)
        assertContentEquals(FakeData.bytes("image/png"), file.bytes)
        model.close()
        assertTrue(file.bytes.all { it == 0.toByte() })
        assertNull(model.state.value.file)
    }

    @Test
    fun `what is only named, or damaged, is said to be, and a broken picture is, too`() = onBench {
        assertEquals(Problem.AttachmentMissing, model(null).state.value.problem)
        wallet.attachmentProblem = Problem.AttachmentDamaged
        val model = model("Scan of the letter")
        assertEquals(Problem.AttachmentDamaged, model.state.value.problem)
        assertFalse(model.state.value.isLoading)
        wallet.attachmentProblem = null
        model.on(AttachmentEvent.Retry)
        settle()
        assertNull(model.state.value.problem)
        model.on(AttachmentEvent.Broken)
        assertEquals(Problem.AttachmentDamaged, model.state.value.problem)
        assertNotNull(model.state.value.file, "it can be saved all the same")
        assertEquals(AttachmentKind.OTHER, model.state.value.kind, "nobody tries to draw it again")
    }

    @Test
    fun `a text is shown in parts that lose nothing`() = onBench {
        val long = (1..500).joinToString("\n") { "Line $it of a letter that does not end." } + "\n" + "x".repeat(9_000)
        wallet.attachmentText = long
        val text = await(model("Letter")) { it.text.isNotEmpty() }.text
        assertTrue(text.size > 5)
        assertTrue(text.all { it.length <= 2_000 })
        assertEquals(long.filterNot { it == '\n' }, text.joinToString("").filterNot { it == '\n' })
    }

    @Test
    fun `a copy goes where the person chose, and what can't be written is taken away again`() = onBench {
        val model = model("Heart curve")
        val place = FakePlace()
        model.on(AttachmentEvent.Save(place))
        await(model) { it.isSaved }
        assertEquals("DICM", place.content)
        val full = FakePlace(holds = 2)
        model.on(AttachmentEvent.Save(full))
        assertEquals(Problem.PlaceFull, await(model) { it.problem != null }.problem)
        assertEquals(null to 1, full.content to full.removals)
        model.on(AttachmentEvent.Save(FakePlace(isGone = true)))
        assertFalse(await(model) { it.problem == Problem.FileUnwritable }.isSaved)
    }

    @Test
    fun `a place that was chosen while the wallet was locked is written to once the file is here`() = onBench {
        val place = FakePlace()
        await(model("Heart curve", chosen = place)) { it.isSaved }
        assertEquals("DICM", place.content)
    }

    @Test
    fun `a copy's name leads to no other folder and has an ending`() {
        val names = mapOf(
            ("../../etc/passwd" to "application/pdf") to "etc passwd.pdf", ("Scan.PDF" to "application/pdf") to "Scan.PDF",
            (null to "image/jpeg") to "file.jpg", ("a\u202Eb\n" to "text/plain") to "a b.txt", ("curve" to "application/dicom") to "curve.dcm",
            ("x" to "application/unknown") to "x", ("..." to null) to "file",
        )
        for ((of, name) in names) assertEquals(name, AttachmentState(RecordAttachment(of.second, of.first, ByteArray(0))).fileName)
    }

    @Test
    fun `the place chosen comes to the file that is open, and else nothing is left there`() = onBench {
        val app = AppModel(wallet, navigator, clock, {}, { true }, FakeWishes(), FakeHealth(), scope).also { settle() }
        val route = Route.Attachment(letter.summary.id, index("Heart curve"))
        navigator.open(route)
        settle()
        val model = app.of(route) as AttachmentModel
        settle()
        val place = FakePlace()
        app.saveTo(place)
        await(model) { it.isSaved }
        navigator.back()
        settle()
        val late = FakePlace()
        app.saveTo(late)
        settle()
        assertEquals(1, late.removals)
    }
}

package org.keepwell.wallet.fake

import java.io.ByteArrayInputStream
import java.io.IOException
import java.io.InputStream
import java.time.InstantSource
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableSharedFlow
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.FoundPerson
import org.keepwell.wallet.model.ImportEntry
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportReach
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.LinkPreview
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.SetAside
import org.keepwell.wallet.model.SetAsideId
import org.keepwell.wallet.model.SetAsideKind
import org.keepwell.wallet.model.UndoReport
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.ImportService

/**
 * Imports of a fake wallet. Its files have a word and a text a line: `person NAME`, `record TITLE`, or anything else, which is
 * set aside.
 */
class FakeImports(private val wallet: FakeWallet, private val clock: InstantSource) : ImportService {
    /** Emits when records came or went. */
    val changes = MutableSharedFlow<Unit>(extraBufferCapacity = 16)

    /** What is behind each link that opens. */
    val links = HashMap<String, FakeLink>()

    /** What those who share were told of who opened. */
    val openedAs = ArrayList<String>()

    /** What taking in fails with. */
    var problem: Problem? = null
    private val entries = ArrayList<ImportEntry>()
    private val brought = HashMap<ImportId, List<FakeRecord>>()
    private val aside = ArrayList<SetAside>()

    override suspend fun importFiles(files: List<RecordFile>, person: Int?, onProgress: (Long) -> Unit): Outcome<ImportResult> {
        wallet.whileOpen { }.orElse { return Outcome.Failed(it) }
        problem?.let { return Outcome.Failed(it) }
        val text = try {
            files.map { read(it, onProgress) }.joinToString("\n")
        } catch (_: IOException) {
            return Outcome.Failed(Problem.FileUnreadable("ImportIo"))
        }
        val lines = text.lines().filter { it.isNotBlank() }
        val people = lines.filter { it.startsWith("person ") }
            .mapIndexed { at, line -> FoundPerson(at + 1, line.removePrefix("person "), "1954-03-0${at + 1}", 3, isOwner = at == 0) }
        if (people.size > 1 && person == null) return Outcome.Done(ImportResult.WhoIsIt(people))
        return Outcome.Done(ImportResult.Taken(take(files.first(), lines, people.size)))
    }

    private suspend fun read(file: RecordFile, onProgress: (Long) -> Unit): String {
        val bytes = ArrayList<Byte>()
        file.open().use { stream ->
            while (true) {
                val next = stream.readNBytes(CHUNK)
                if (next.isEmpty()) return bytes.toByteArray().decodeToString()
                bytes += next.toList()
                onProgress(bytes.size.toLong())
                delay(10.milliseconds)
            }
        }
    }

    private fun take(file: RecordFile, lines: List<String>, people: Int): ImportReport {
        val titles = lines.filter { it.startsWith("record ") }.map { it.removePrefix("record ") }
        val (known, new) = titles.partition { title -> wallet.recordList.any { it.summary.title == title } }
        val pattern = FakeData.records.first()
        val records = new.map { title ->
            val summary = pattern.summary.copy(id = RecordId("%064x".format(title.hashCode())), title = title, category = Category.RESULTS)
            FakeRecord(summary, pattern.type, pattern.content, pattern.picture)
        }
        val others = lines.filterNot { it.startsWith("person ") || it.startsWith("record ") }
        val kinds = others.map { line -> SetAsideKind.entries.find { it.name.lowercase() == line } ?: SetAsideKind.UNKNOWN }
        kinds.forEach { aside += SetAside(SetAsideId("%064x".format(aside.size + 1)), file.name, it, 2_048, clock.instant()) }
        val id = ImportId("import-${entries.size + 1}").takeIf { records.isNotEmpty() }
        if (id != null) {
            entries += ImportEntry(id, file.name, clock.instant(), records.size.toLong(), 0, null)
            brought[id] = records
            wallet.recordList += records
            changes.tryEmit(Unit)
        }
        return ImportReport(id, records.size.toLong(), 0, known.size.toLong(), if (people > 1) 3 else 0, kinds, emptyList())
    }

    override fun readLink(link: String): Outcome<LinkPreview> =
        if ("damaged" in link) Outcome.Failed(Problem.LinkUnreadable("NotAHealthLink")) else Outcome.Done(links[link]?.preview ?: FakeLink.PREVIEW)

    override suspend fun openLink(link: String, recipient: String, passcode: ByteArray?): Outcome<List<RecordFile>> {
        wallet.whileOnline { }.orElse { return Outcome.Failed(Problem.LinkUnreachable(it.code)) }
        openedAs += recipient
        return links[link]?.open(passcode?.decodeToString()) ?: Outcome.Failed(Problem.LinkEnded)
    }

    override suspend fun imports() = wallet.whileOpen { entries.reversed() }

    override suspend fun importReach(id: ImportId) =
        wallet.whileOpen { ImportReach(brought.getValue(id).size.toLong(), listOf(FakeData.northside.name), 1, 0) }

    override suspend fun undoImport(id: ImportId): Outcome<UndoReport> {
        wallet.gate?.await()
        return wallet.whileOpen { takeBack(id) }
    }

    private fun takeBack(id: ImportId): UndoReport {
        val gone = brought.remove(id).orEmpty()
        wallet.recordList -= gone.toSet()
        entries.replaceAll { if (it.id == id) it.copy(undone = clock.instant()) else it }
        changes.tryEmit(Unit)
        return UndoReport(gone.size.toLong(), 0)
    }

    override suspend fun quarantine() = wallet.whileOpen { aside.toList() }

    override suspend fun dropQuarantined(id: SetAsideId): Outcome<Unit> {
        wallet.gate?.await()
        return wallet.whileOpen { aside.removeAll { it.id == id } }.let { if (it is Outcome.Failed) it else Outcome.Done(Unit) }
    }

    private companion object {
        const val CHUNK = 64
    }
}

/** A link to files, which open with a passcode where there is one; it ends after two wrong ones. */
class FakeLink(vararg val files: FakeFile, val preview: LinkPreview = PREVIEW, private val passcode: String? = null) {
    private var left = 2

    /** How often it was opened. */
    var opened = 0
        private set

    fun open(typed: String?): Outcome<List<RecordFile>> = when {
        left == 0 -> Outcome.Failed(Problem.LinkEnded)
        typed != passcode -> Outcome.Failed(Problem.WrongPasscode(--left))
        else -> Outcome.Done(files.toList()).also { opened++ }
    }

    companion object {
        val PREVIEW = LinkPreview("share.northside.example", "Visit of 3 May", expires = null, needsPasscode = false)
    }
}

/** A file whose reading can break off in the middle. */
class FakeFile(override val name: String, private val text: String, private val breaks: Boolean = false) : RecordFile {
    override val size get() = text.length.toLong()

    /** How often it was opened. */
    var opened = 0
        private set

    override fun open(): InputStream {
        opened++
        val whole = ByteArrayInputStream(text.encodeToByteArray())
        return if (breaks) Breaking(whole) else whole
    }

    private class Breaking(private val inner: InputStream) : InputStream() {
        override fun read(): Int = inner.read().also { if (it < 0) throw IOException() }
    }
}

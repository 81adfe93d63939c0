package org.keepwell.wallet.screen

import java.io.IOException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.keepwell.wallet.model.AttachmentKind
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.PlaceFullException
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordAttachment
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.RecordService

/** A file out of a record. */
data class AttachmentState(
    /** Null while it is fetched, and where it can't be. */
    val file: RecordAttachment? = null,
    /** What it says, in parts that a list can draw one by one; of a text only. */
    val text: List<String> = emptyList(),
    /** Whether it turned out to be no file of its kind. */
    val isBroken: Boolean = false,
    val isSaving: Boolean = false,
    val isSaved: Boolean = false,
    val problem: Problem? = null,
) {
    /** How it is shown. */
    val kind get() = if (isBroken) AttachmentKind.OTHER else AttachmentKind.of(file?.contentType)

    val isLoading get() = file == null && problem == null

    /** What a copy of it is called at first: its title, of which nothing leads to another folder, with an ending that other apps know. */
    val fileName: String
        get() {
            val title = file?.title.orEmpty().map { if (it.isLetterOrDigit() || it in " ._-()") it else ' ' }.joinToString("").trim(' ', '.').take(LONGEST_NAME)
            val ending = ENDINGS[file?.contentType?.substringBefore(';')?.trim()?.lowercase()]
            val name = title.ifEmpty { "file" }
            return if (ending == null || name.endsWith(ending, ignoreCase = true)) name else name + ending
        }

    override fun toString() = "AttachmentState(problem=$problem)"

    private companion object {
        const val LONGEST_NAME = 60
        val ENDINGS = mapOf(
            "application/pdf" to ".pdf", "image/jpeg" to ".jpg", "image/jpg" to ".jpg", "image/png" to ".png", "image/gif" to ".gif",
            "image/tiff" to ".tiff", "text/plain" to ".txt", "text/csv" to ".csv", "text/html" to ".html", "text/rtf" to ".rtf",
            "application/rtf" to ".rtf", "application/xml" to ".xml", "text/xml" to ".xml", "application/json" to ".json", "application/dicom" to ".dcm",
        )
    }
}

/** What is done with it. */
sealed interface AttachmentEvent {
    /** A place for a copy was chosen in another app. */
    class Save(val place: ExportPlace) : AttachmentEvent

    /** It is no file of the kind that it says to be. */
    data object Broken : AttachmentEvent
    data object Retry : AttachmentEvent
}

/** Takes a file out of a record, shows it, and writes a copy where the person chose; [chosen] while it was not open yet. */
class AttachmentModel(
    private val record: RecordId,
    private val index: Int,
    private val records: RecordService,
    private var chosen: ExportPlace?,
    scope: CoroutineScope,
) : ScreenModel<AttachmentState, AttachmentEvent>(AttachmentState(), scope) {
    private var loading: Job? = null

    init {
        load()
    }

    override fun on(event: AttachmentEvent) {
        when (event) {
            is AttachmentEvent.Save -> {
                chosen = event.place
                save()
            }
            AttachmentEvent.Broken -> change { it.copy(isBroken = true, problem = Problem.AttachmentDamaged) }
            AttachmentEvent.Retry -> load()
        }
    }

    override fun close() {
        state.value.file?.bytes?.fill(0)
        change { AttachmentState() }
    }

    private fun load() {
        loading?.cancel()
        change { it.copy(problem = null) }
        loading = scope.launch {
            val file = state.value.file ?: records.attachment(record, index).orElse(::fail) ?: return@launch
            val text = if (AttachmentKind.of(file.contentType) == AttachmentKind.TEXT) withContext(Dispatchers.Default) { parts(file.bytes) } else emptyList()
            change { it.copy(file = file, text = text) }
            save()
        }
    }

    private fun save() {
        val file = state.value.file ?: return
        val place = chosen ?: return
        chosen = null
        change { it.copy(isSaving = true, isSaved = false, problem = null) }
        // What is begun in another app is ended, or taken away again.
        val copy = file.bytes.copyOf()
        scope.launch {
            val problem = withContext(NonCancellable) { write(copy, place) }
            change { it.copy(isSaving = false, isSaved = problem == null, problem = problem) }
        }
    }

    private suspend fun write(bytes: ByteArray, place: ExportPlace): Problem? = withContext(Dispatchers.IO) {
        try {
            place.open().use {
                it.write(bytes)
                it.flush()
            }
            null
        } catch (_: PlaceFullException) {
            place.remove()
            Problem.PlaceFull
        } catch (_: IOException) {
            place.remove()
            Problem.FileUnwritable
        } finally {
            bytes.fill(0)
        }
    }

    private fun fail(problem: Problem) = change { it.copy(problem = problem) }

    private companion object {
        /** So many characters are drawn at once; a text of megabytes in one piece would hold up the screen. */
        const val PART = 2_000

        fun parts(bytes: ByteArray): List<String> {
            val parts = ArrayList<String>()
            for (line in bytes.decodeToString().removePrefix("\uFEFF").lineSequence()) {
                val last = parts.lastOrNull()
                if (last != null && last.length + line.length < PART) parts[parts.size - 1] = "$last\n$line" else line.chunked(PART).ifEmpty { listOf("") }.forEach(parts::add)
            }
            return parts
        }
    }
}

package org.keepwell.wallet.service

import org.keepwell.wallet.model.ImportEntry
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportReach
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.LinkPreview
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.SetAside
import org.keepwell.wallet.model.SetAsideId
import org.keepwell.wallet.model.UndoReport

/** Takes records in, and back out. */
interface ImportService {
    /**
     * Takes the records of files that came together, all or nothing; [person] is the number of the one who is the patient, where
     * somebody was asked. Cancelled, it takes nothing. [onProgress] gets the bytes that were read, on any thread.
     */
    suspend fun importFiles(files: List<RecordFile>, person: Int? = null, onProgress: (Long) -> Unit = {}): Outcome<ImportResult>

    /** Reads what a link says of itself; nobody is asked. */
    fun readLink(link: String): Outcome<LinkPreview>

    /**
     * Fetches what is behind a link, at least one file; whoever made it is told that [recipient] opened it. The [passcode], UTF-8, goes
     * there only where the link asks for one; the caller overwrites it.
     */
    suspend fun openLink(link: String, recipient: String, passcode: ByteArray? = null): Outcome<List<RecordFile>>

    /** Every import, newest first. */
    suspend fun imports(): Outcome<List<ImportEntry>>

    /** What taking it back would do. */
    suspend fun importReach(id: ImportId): Outcome<ImportReach>

    /** Takes an import back. */
    suspend fun undoImport(id: ImportId): Outcome<UndoReport>

    /** What was set aside, in the order in which it came. */
    suspend fun quarantine(): Outcome<List<SetAside>>

    /** Removes something that was set aside, for good. */
    suspend fun dropQuarantined(id: SetAsideId): Outcome<Unit>
}

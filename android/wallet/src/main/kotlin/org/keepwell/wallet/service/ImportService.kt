package org.keepwell.wallet.service

import org.keepwell.wallet.model.ImportEntry
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportReach
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.SetAside
import org.keepwell.wallet.model.SetAsideId
import org.keepwell.wallet.model.UndoReport

/** Takes records in, and back out. */
interface ImportService {
    /**
     * Takes the records of a file, all or nothing; [person] is the number of the one who is the patient, where somebody was
     * asked. Cancelled, it takes nothing. [onProgress] gets the bytes that were read, on any thread.
     */
    suspend fun importFile(file: RecordFile, person: Int? = null, onProgress: (Long) -> Unit = {}): Outcome<ImportResult>

    /** Fetches what is behind a link; whoever made it is told that [recipient] opened it. */
    suspend fun openLink(link: String, recipient: String): Outcome<RecordFile>

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

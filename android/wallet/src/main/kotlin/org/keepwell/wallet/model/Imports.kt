package org.keepwell.wallet.model

import java.io.IOException
import java.io.InputStream
import java.time.Instant

/** A file of another app, as far as it may be known without reading it. */
interface RecordFile {
    /** What whoever gave it calls it; not to be trusted. */
    val name: String

    /** How many bytes it says to have, where it says so. */
    val size: Long?

    /** Opens it from its beginning; waits for the other app. */
    @Throws(IOException::class)
    fun open(): InputStream
}

/** What a link to records says of itself; anybody can write anything there. */
data class LinkPreview(
    /** The server that it leads to. */
    val server: String,
    /** What whoever made it calls it. */
    val label: String?,
    /** Until when it is meant to open. */
    val expires: Instant?,
    /** Whether whoever made it chose a passcode. */
    val needsPasscode: Boolean,
) {
    override fun toString() = "LinkPreview(needsPasscode=$needsPasscode)"
}

/** What another app, a code or the person hands to this one; nothing follows from it until the person says so. */
sealed interface Incoming {
    /** Records. */
    sealed interface Records : Incoming

    /** A file of records. */
    class File(val file: RecordFile) : Records

    /** A link to records, whoever made it. */
    class Link(val text: String) : Records {
        override fun toString() = "Link(..)"
    }

    /** Servers to be connected to. */
    class Connection(val text: String) : Incoming {
        override fun toString() = "Connection(..)"
    }

    /** What the browser came back with from a clinic's page. */
    class SignedIn(val text: String) : Incoming {
        override fun toString() = "SignedIn(..)"
    }

    companion object {
        /** What a code or a link is about; null where it is nothing of this app's. */
        fun of(text: String): Incoming? = when {
            text.length > LONGEST -> null
            text.startsWith("keepwell:c/") -> Connection(text)
            text.startsWith("keepwell://authorized?") -> SignedIn(text)
            "shlink:/" in text -> Link(text)
            else -> null
        }

        /** Longer than any code holds. */
        private const val LONGEST = 64 * 1024
    }
}

/** Names an import. */
@JvmInline
value class ImportId(val text: String)

/** What came of a file. */
sealed interface ImportResult {
    /** Its records are in. */
    data class Taken(val report: ImportReport) : ImportResult

    /** It is not about the patient alone: nothing was taken. */
    data class WhoIsIt(val people: List<FoundPerson>) : ImportResult
}

/** Somebody whom records are about; [number] says which one when the file is taken. */
data class FoundPerson(val number: Int, val name: String?, val birthDate: String?, val records: Long, val isOwner: Boolean) {
    override fun toString() = "FoundPerson(..)"
}

/** What became of the records of a file. */
data class ImportReport(
    /** By which it can be taken back; null where nothing came of it. */
    val id: ImportId?,
    val added: Long,
    val updated: Long,
    /** Records that were here already. */
    val known: Long,
    /** Records about somebody else, which were kept out. */
    val ofOthers: Long,
    val setAside: List<SetAsideKind>,
    val notices: List<ImportNotice>,
)

/** What there is to know of a file beside its records. */
sealed interface ImportNotice {
    /** What the server that the file comes from says of it. */
    data class Said(val text: String) : ImportNotice {
        override fun toString() = "Said(..)"
    }

    /** It is one page of several. */
    data object PageMissing : ImportNotice

    /** It is of an older form, read as far as possible. */
    data object OldForm : ImportNotice
}

/** What was set aside, as a person may know it. */
enum class SetAsideKind {
    /** A PDF or a text document. */
    DOCUMENT,
    PICTURE,

    /** An archive, which is not unpacked. */
    PACKED,

    /** Health records in a form that is not read yet. */
    OTHER_FORM,

    /** A health card, or a link. */
    CARD,
    TABLE,
    WEB_PAGE,

    /** It has nothing in it. */
    EMPTY,

    /** Cut off or damaged. */
    DAMAGED,
    TOO_LARGE,

    /** It is none of these. */
    UNKNOWN,
}

/** An import that was made; [undone] says when it was taken back. */
data class ImportEntry(val id: ImportId, val source: String, val time: Instant, val added: Long, val updated: Long, val undone: Instant?)

/** What taking an import back would do, and what it can't reach. */
data class ImportReach(
    val records: Long,
    /** Clinics with access that covers some of it. */
    val clinics: List<String>,
    /** Codes that may have shown some of it. */
    val shares: Long,
    /** Things that could not be read and would be gone for good. */
    val setAside: Long,
)

/** What taking an import back did. */
data class UndoReport(val removed: Long, val restored: Long)

/** Names what was set aside. */
@JvmInline
value class SetAsideId(val hex: String)

/** Something that could not be read and is kept on this phone. */
data class SetAside(val id: SetAsideId, val file: String, val kind: SetAsideKind, val bytes: Long, val since: Instant) {
    override fun toString() = "SetAside(..)"
}

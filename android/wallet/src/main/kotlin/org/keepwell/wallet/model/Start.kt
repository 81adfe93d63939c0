package org.keepwell.wallet.model

import java.time.Instant

/** An answer of the quiz about the recovery words: the word at [position], from 1, UTF-8, which the caller overwrites. */
class QuizAnswer(val position: Int, val word: ByteArray)

/** What one word is, as far as it was typed. */
data class TypedWord(
    val mark: WordMark,
    /** What it may be completed to, at most three. */
    val completions: List<String> = emptyList(),
) {
    override fun toString() = "TypedWord($mark)"
}

/** Whether what was typed is a recovery word. */
enum class WordMark { KNOWN, BEGUN, UNKNOWN }

/** Words as far as they were typed: each for itself, and whether all of them together open something. */
data class TypedWords(val words: List<TypedWord>, val isComplete: Boolean)

/** Servers by what a person is asked about them; [isDemonstration] where they are for trying out only. */
data class ConnectionNames(
    /** Who is to keep the sealed copy. */
    val host: String,
    /** Where clinics are checked. */
    val ledger: String,
    /** By what people tell those who check clinics from others: five groups of four hexadecimal digits. */
    val fingerprint: String,
    val isDemonstration: Boolean,
)

/** How much of the sealed records has come back, in bytes. */
data class RestoreProgress(val bytes: Long, val total: Long) {
    /** From 0 to 1. */
    val share get() = if (total <= 0) 0f else (bytes.toFloat() / total).coerceIn(0f, 1f)
}

/** What the words brought back, and what they did not. */
data class RestoreReport(
    val records: Long,
    val grants: Long,
    val shares: Long,
    /** When what came back was put away. */
    val asOf: Instant,
    /** What is not back or not certain; empty: everything is back. */
    val missing: List<MissingPart>,
)

/** Something that is not back, or not certain; [category] where it is of one. */
data class MissingPart(val kind: MissingKind, val count: Long, val category: Category? = null)

/** What is not back, or not certain. */
enum class MissingKind {
    /** Records that could not be brought back. */
    RECORDS,

    /** Things that only a newer app reads. */
    NEEDS_UPDATE,

    /** Notes of what the patient did, such as names of codes. */
    OWN_NOTES,

    /** Access that was given and that this phone knows nothing of. */
    UNKNOWN_GRANTS,

    /** Access of which it is not certain whether it still stands. */
    UNPROVED_GRANTS,

    /** Nobody confirms that this is the newest copy; its count says nothing. */
    MAYBE_OLDER,
}

package org.keepwell.wallet.model

import java.time.Instant

/** What can happen. */
enum class LogEvent {
    /** The owner gave access. */
    GRANTED,

    /** The owner ended access. */
    REVOKED,

    /** A clinic looked which records there are. */
    GRANT_READ,

    /** A clinic fetched records. */
    RECORDS_READ,

    /** A clinic fetched records and signed no valid receipt for it. */
    READ_WITHOUT_RECEIPT,

    /** The host says that a clinic read or asked, and nothing proves it. */
    UNPROVED,

    /** A clinic asked, and the host refused. */
    GRANT_DENIED,

    /** The owner made a share. */
    SHARE_MADE,

    /** Somebody opened a share. */
    SHARE_OPENED,

    /** Somebody wanted to open a share, and the host refused. */
    SHARE_DENIED,
}

/**
 * One line of the log; [about] is who it was, as far as that is known. [grant] is the access that it is about, and [records] how many were
 * fetched.
 */
data class LogEntry(val time: Instant, val event: LogEvent, val about: String?, val grant: GrantId? = null, val records: Long? = null)

/** What happened about one access, newest first; [recordsRead] under it, each once, or null where nobody was reached who knows. */
data class GrantActivity(val entries: List<LogEntry>, val recordsRead: Long?)

/** What happened, newest first; [isOwnOnly] where nobody was reached who knows what others did. */
data class Log(val entries: List<LogEntry>, val isOwnOnly: Boolean)

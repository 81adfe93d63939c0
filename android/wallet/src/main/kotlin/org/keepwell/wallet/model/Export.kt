package org.keepwell.wallet.model

import java.io.IOException
import java.io.OutputStream

/** What a file of the records is for. */
enum class ExportKind(val fileEnding: String, val mediaType: String) {
    /** To come back: every version with what the wallet knows of it. */
    HISTORY("json", "application/json"),

    /** For another program: every version as it was received, one a line. */
    RECORDS("ndjson", "application/x-ndjson"),
}

/** A place for a file that the person chose, in another app. */
interface ExportPlace {
    /** Opens it, empty; waits for the other app. Where there is no room the stream throws [PlaceFullException]. */
    @Throws(IOException::class)
    fun open(): OutputStream

    /** Removes what was begun, and what the picker has made: never a file that was there before and was not opened. */
    suspend fun remove(): Leftover
}

/** What is left of a file that was broken off. */
enum class Leftover {
    NOTHING,

    /** A part of it may have stayed: the other app removes nothing. */
    MAYBE_A_PART,
}

/** A file for which the person has chosen a place. */
class ChosenPlace(val kind: ExportKind, val place: ExportPlace)

/** There is no room where the file was to go. */
class PlaceFullException(cause: IOException) : IOException(cause)

/** What is in a file that was written. */
data class ExportReport(
    /** How many versions of records. */
    val versions: Long,
)

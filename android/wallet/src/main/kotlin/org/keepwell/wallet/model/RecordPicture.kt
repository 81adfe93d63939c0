package org.keepwell.wallet.model

import java.time.Instant

/** One reason to read a record with care, or that there is none; in the order in which they are told. */
enum class Validity {
    ENTERED_IN_ERROR, REMOVED_AT_SOURCE, MODIFIED, REFUTED, NOT_DONE, DO_NOT_PERFORM, CANCELLED, STOPPED, INACTIVE, UNCONFIRMED, PRELIMINARY,
    NOT_SEEN_SINCE, VALID,
}

/** What kind of record it is, whatever its type is called in its version of FHIR. */
enum class RecordKind {
    PATIENT, ALLERGY, PROBLEM, PRESCRIPTION, MEDICINE_TAKEN, MEDICINE_GIVEN, MEDICINE_DISPENSED, VACCINATION, OBSERVATION, REPORT, PROCEDURE,
    ORDER, VISIT, DOCUMENT, OTHER, UNREADABLE,
}

/** What its source says about a value. */
enum class ValueFlag { CRITICAL, HIGH, LOW, ABNORMAL }

/** What a line of a record is about; the words are in the app's string tables. */
enum class PictureLabel {
    TITLE, CODE, DATE, BEGAN, ENDED, STATUS, VALUE, INTERPRETATION, REFERENCE_RANGE, CRITICALITY, SEVERITY, REACTION, DOSAGE, AS_NEEDED,
    MAXIMUM_DOSE, AMOUNT, LOT, DOSE_NUMBER, PERFORMER, PLACE, BODY_SITE, REASON, METHOD, CONTENT, RESULTS, CONCLUSION, NOTE, DESCRIPTION,
    INTENT, BIRTH_DATE, GENDER, ADDRESS, CONTACT, DECEASED, NARRATIVE,
}

/** When something was, in the zone in which it was recorded: a time, or from one to another, of which either may be open. */
data class PictureTime(val start: String?, val end: String? = null, val lasts: Boolean = false) {
    override fun toString() = "PictureTime(..)"
}

/** A value as it is shown. */
sealed interface PictureValue {
    /** Words, or digits with their unit, as received. */
    data class Text(val text: String) : PictureValue {
        override fun toString() = "Text(..)"
    }

    data class Truth(val holds: Boolean) : PictureValue {
        override fun toString() = "Truth(..)"
    }

    data class Time(val time: PictureTime) : PictureValue

    /** A curve, such as that of a heart, which is not drawn. */
    data object Curve : PictureValue

    /** There is no value, and this is why. */
    data class Absent(val reason: String) : PictureValue {
        override fun toString() = "Absent(..)"
    }
}

/** What a list says of a record. */
data class PictureRow(
    val kind: RecordKind,
    /** FHIR's name of its type. */
    val resourceType: String,
    val title: String?,
    val time: PictureTime? = null,
    val value: PictureValue? = null,
    /** The value as a number, where it is one. */
    val measure: Measure? = null,
    val flag: ValueFlag? = null,
    val referenceRange: String? = null,
    /** Never empty. */
    val validities: List<Validity> = listOf(Validity.VALID),
) {
    override fun toString() = "PictureRow(..)"
}

/** What is said under a label. */
data class PictureFact(val label: PictureLabel, val values: List<PictureValue>) {
    override fun toString() = "PictureFact(..)"
}

/** A part of a measurement, as the upper of two blood pressures, with what its source says of this part. */
data class PicturePart(
    val title: String?,
    val value: PictureValue?,
    val flag: ValueFlag? = null,
    /** What its source says of it that no flag says, in its own words. */
    val interpretation: List<String> = emptyList(),
    val referenceRange: String? = null,
    /** The value as a number, where it is one. */
    val measure: Measure? = null,
) {
    override fun toString() = "PicturePart(..)"
}

/** A text of some length: a note, a letter. */
data class PicturePassage(val label: PictureLabel, val title: String?, val text: String) {
    override fun toString() = "PicturePassage(..)"
}

/**
 * A file in a record or one that it points to; an [address] is never followed. What is text [isRead] as a passage; what [isHere] can be
 * opened. [size] is in bytes, as far as it is known.
 */
data class PictureAttachment(
    val title: String?,
    val contentType: String?,
    val address: String? = null,
    val isRead: Boolean = false,
    val size: Long? = null,
    val isHere: Boolean = address == null,
) {
    override fun toString() = "PictureAttachment(..)"
}

/** A field under FHIR's name. */
data class PictureField(val name: String, val value: PictureValue) {
    override fun toString() = "PictureField(..)"
}

/** Everything that the page of a record says. */
data class RecordPicture(
    val source: String,
    val row: PictureRow,
    val facts: List<PictureFact> = emptyList(),
    val parts: List<PicturePart> = emptyList(),
    val results: List<PictureRow> = emptyList(),
    val passages: List<PicturePassage> = emptyList(),
    val attachments: List<PictureAttachment> = emptyList(),
    val fields: List<PictureField> = emptyList(),
    /** When its present version came. */
    val received: Instant? = null,
) {
    override fun toString() = "RecordPicture(..)"
}

/** What became of a version of a record. */
enum class VersionStanding {
    /** It is the one that is shown. */
    PRESENT,

    /** Another version is shown. */
    SUPERSEDED,

    /** It would be shown, but its source removed the record. */
    REMOVED_AT_SOURCE,

    /** No import that stands carries it. */
    TAKEN_BACK,
}

/** A version of a record; [number] counts from 1 in the order in which they came. */
data class RecordVersion(val number: Int, val standing: VersionStanding, val source: String, val received: Instant) {
    override fun toString() = "RecordVersion(..)"
}

/** A result of the same code as another. */
data class SeriesResult(val id: RecordId, val row: PictureRow)

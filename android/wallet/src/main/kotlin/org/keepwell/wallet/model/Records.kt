package org.keepwell.wallet.model

import java.time.Instant
import java.time.LocalDate
import java.time.ZoneOffset

/** What kind of record something is; [stableName] is the name in scopes and on the command line. */
enum class Category(val stableName: String) {
    PATIENT("patient"),
    ALLERGIES("allergies"),
    CONDITIONS("conditions"),
    MEDICATIONS("medications"),
    IMMUNIZATIONS("immunizations"),
    RESULTS("results"),
    VITALS("vitals"),
    PROCEDURES("procedures"),
    DOCUMENTS("documents"),
    ENCOUNTERS("encounters"),
    DEVICES("devices"),
    FAMILY_HISTORY("family-history"),
    SOCIAL_HISTORY("social-history"),
    CARE_PLANS("care-plans"),
    INSURANCE("insurance"),
    GENOMICS("genomics"),
    WEARABLES("wearables"),
    OTHER("other"),
    ;

    companion object {
        /** The category of exactly this name. */
        fun named(name: String): Category? = entries.find { it.stableName == name }
    }
}

/** How many records a category holds. */
data class CategoryCount(val category: Category, val count: Long)

/** Names a record: 64 lower-case hex digits that say nothing about its content. */
@JvmInline
value class RecordId(val hex: String)

/**
 * One line of a list of records.
 *
 * [date] is FHIR's own form (year, month, day or instant); [source] is where the record came from.
 */
data class RecordSummary(
    val id: RecordId,
    val category: Category,
    val title: String?,
    val date: String?,
    val source: String,
    val value: PictureValue? = null,
    val flag: ValueFlag? = null,
    /** Whether it holds; the first is the one to show where there is room for one. */
    val validities: List<Validity> = listOf(Validity.VALID),
    /** When the version that is shown came in. */
    val arrived: Instant? = null,
) {
    override fun toString() = "RecordSummary(..)"
}

/** In which order records are listed. */
enum class RecordOrder {
    /** By the date that they show. */
    NEWEST_FIRST,

    /** By when they came in. */
    LATEST_ARRIVAL,
}

/** What to list; [after] is the cursor of the page before, which fits its [order] only. */
data class RecordQuery(
    val category: Category? = null,
    val text: String? = null,
    /** Only records dated at or after this, by the day that they show. */
    val since: Instant? = null,
    val order: RecordOrder = RecordOrder.NEWEST_FIRST,
    val after: Cursor? = null,
) {
    override fun toString() = "RecordQuery(..)"
}

/** How far back records are listed. */
enum class Period(private val years: Long?) {
    ANY(null),
    YEAR(1),
    FIVE_YEARS(5),
    ;

    /** The first day of it. Records show days without a zone, so it is that day wherever they were. */
    fun since(today: LocalDate): Instant? = years?.let { today.minusYears(it).atStartOfDay(ZoneOffset.UTC).toInstant() }
}

/** Where a page ended. */
@JvmInline
value class Cursor(val value: String)

/** Some records and where to go on; no cursor on the last page. */
data class RecordPage(val records: List<RecordSummary>, val next: Cursor?)

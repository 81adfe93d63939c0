package org.keepwell.wallet.model

import java.time.DateTimeException
import java.time.LocalDate
import java.time.Period

/** Whose records these are, by name and FHIR's form of the birth date. */
data class Owner(val name: String, val birthDate: String) {
    /** How many years old on a day; null where the day of birth is not known or has not come. */
    fun age(today: LocalDate): Int? = try {
        Period.between(LocalDate.parse(birthDate), today).takeUnless { it.isNegative }?.years
    } catch (_: DateTimeException) {
        null
    }

    override fun toString() = "Owner(..)"
}

/** Records of one kind that hold now, newest first, and how many [more] there are. */
data class Current(val records: List<RecordSummary> = emptyList(), val more: Long = 0)

/** How a number compares with the one before it. */
enum class Trend { UP, DOWN, SAME }

/** The newest result of a kind; no [trend] where the one before can't be compared with it. */
data class LatestResult(val record: RecordSummary, val trend: Trend? = null)

/** A place in the order in which records came. */
@JvmInline
value class Arrival(val number: Int)

/** What the first screen shows. */
data class Overview(
    /** Null where no record gives name and birth date. */
    val owner: Owner? = null,
    val allergies: Current = Current(),
    val problems: Current = Current(),
    val medicines: Current = Current(),
    /** The newest results and vital signs, one of each kind. */
    val results: List<LatestResult> = emptyList(),
    /** What came since the patient saw an overview last; nothing before they saw the first. */
    val new: List<CategoryCount> = emptyList(),
    /** What there is to do, the most urgent first. */
    val todo: List<Todo> = emptyList(),
    /** What came last, to be marked as seen once this was shown. */
    val newest: Arrival = Arrival(0),
)

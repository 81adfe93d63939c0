package org.keepwell.app.ui

import androidx.annotation.StringRes
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.wallet.model.PictureLabel
import org.keepwell.wallet.model.PictureRow
import org.keepwell.wallet.model.PictureTime
import org.keepwell.wallet.model.PictureValue
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.Validity
import org.keepwell.wallet.model.ValueFlag
import org.keepwell.wallet.model.VersionStanding

/** What a line of a record is about. */
@Composable
fun label(label: PictureLabel): String = stringResource(
    when (label) {
        PictureLabel.TITLE -> R.string.label_title
        PictureLabel.CODE -> R.string.label_code
        PictureLabel.DATE -> R.string.label_date
        PictureLabel.BEGAN -> R.string.label_began
        PictureLabel.ENDED -> R.string.label_ended
        PictureLabel.STATUS -> R.string.label_status
        PictureLabel.VALUE -> R.string.label_value
        PictureLabel.INTERPRETATION -> R.string.label_interpretation
        PictureLabel.REFERENCE_RANGE -> R.string.label_reference_range
        PictureLabel.CRITICALITY -> R.string.label_criticality
        PictureLabel.SEVERITY -> R.string.label_severity
        PictureLabel.REACTION -> R.string.label_reaction
        PictureLabel.DOSAGE -> R.string.label_dosage
        PictureLabel.AS_NEEDED -> R.string.label_as_needed
        PictureLabel.MAXIMUM_DOSE -> R.string.label_maximum_dose
        PictureLabel.AMOUNT -> R.string.label_amount
        PictureLabel.LOT -> R.string.label_lot
        PictureLabel.DOSE_NUMBER -> R.string.label_dose_number
        PictureLabel.PERFORMER -> R.string.label_performer
        PictureLabel.PLACE -> R.string.label_place
        PictureLabel.BODY_SITE -> R.string.label_body_site
        PictureLabel.REASON -> R.string.label_reason
        PictureLabel.METHOD -> R.string.label_method
        PictureLabel.CONTENT -> R.string.label_content
        PictureLabel.RESULTS -> R.string.label_results
        PictureLabel.CONCLUSION -> R.string.label_conclusion
        PictureLabel.NOTE -> R.string.label_note
        PictureLabel.DESCRIPTION -> R.string.label_description
        PictureLabel.INTENT -> R.string.label_intent
        PictureLabel.BIRTH_DATE -> R.string.label_birth_date
        PictureLabel.GENDER -> R.string.label_gender
        PictureLabel.ADDRESS -> R.string.label_address
        PictureLabel.CONTACT -> R.string.label_contact
        PictureLabel.DECEASED -> R.string.label_deceased
        PictureLabel.NARRATIVE -> R.string.label_narrative
    },
)

/** Why a record does not simply hold; none of one that does. */
@Composable
fun label(validity: Validity): String? = when (validity) {
    Validity.ENTERED_IN_ERROR -> stringResource(R.string.validity_entered_in_error)
    Validity.REMOVED_AT_SOURCE -> stringResource(R.string.validity_removed_at_source)
    Validity.MODIFIED -> stringResource(R.string.validity_modified)
    Validity.REFUTED -> stringResource(R.string.validity_refuted)
    Validity.NOT_DONE -> stringResource(R.string.validity_not_done)
    Validity.DO_NOT_PERFORM -> stringResource(R.string.validity_do_not_perform)
    Validity.CANCELLED -> stringResource(R.string.validity_cancelled)
    Validity.STOPPED -> stringResource(R.string.validity_stopped)
    Validity.INACTIVE -> stringResource(R.string.validity_inactive)
    Validity.UNCONFIRMED -> stringResource(R.string.validity_unconfirmed)
    Validity.PRELIMINARY -> stringResource(R.string.validity_preliminary)
    Validity.NOT_SEEN_SINCE -> stringResource(R.string.validity_not_seen_since)
    Validity.VALID -> null
}

/** What its source says about a value. */
@Composable
fun label(flag: ValueFlag): String = stringResource(
    when (flag) {
        ValueFlag.CRITICAL -> R.string.flag_critical
        ValueFlag.HIGH -> R.string.flag_high
        ValueFlag.LOW -> R.string.flag_low
        ValueFlag.ABNORMAL -> R.string.flag_abnormal
    },
)

/** What became of a version of a record. */
@Composable
fun label(standing: VersionStanding): String = stringResource(
    when (standing) {
        VersionStanding.PRESENT -> R.string.history_present
        VersionStanding.SUPERSEDED -> R.string.history_superseded
        VersionStanding.REMOVED_AT_SOURCE -> R.string.history_removed_at_source
        VersionStanding.TAKEN_BACK -> R.string.history_taken_back
    },
)

/** What kind of record it is; of a type without a kind of its own FHIR's name. */
@Composable
fun kindLabel(row: PictureRow): String = when (row.kind) {
    RecordKind.PATIENT -> stringResource(R.string.kind_patient)
    RecordKind.ALLERGY -> stringResource(R.string.kind_allergy)
    RecordKind.PROBLEM -> stringResource(R.string.kind_problem)
    RecordKind.PRESCRIPTION -> stringResource(R.string.kind_prescription)
    RecordKind.MEDICINE_TAKEN -> stringResource(R.string.kind_medicine_taken)
    RecordKind.MEDICINE_GIVEN -> stringResource(R.string.kind_medicine_given)
    RecordKind.MEDICINE_DISPENSED -> stringResource(R.string.kind_medicine_dispensed)
    RecordKind.VACCINATION -> stringResource(R.string.kind_vaccination)
    RecordKind.OBSERVATION -> stringResource(R.string.kind_observation)
    RecordKind.REPORT -> stringResource(R.string.kind_report)
    RecordKind.PROCEDURE -> stringResource(R.string.kind_procedure)
    RecordKind.ORDER -> stringResource(R.string.kind_order)
    RecordKind.VISIT -> stringResource(R.string.kind_visit)
    RecordKind.DOCUMENT -> stringResource(R.string.kind_document)
    RecordKind.UNREADABLE -> stringResource(R.string.kind_unreadable)
    RecordKind.OTHER -> typeLabel(row.resourceType)
}

/** A value; FHIR's usual codes in the person's language, the rest as its source wrote it. */
@Composable
fun valueText(value: PictureValue, label: PictureLabel? = null): String = when (value) {
    is PictureValue.Text -> CODES[value.text.lowercase()]?.takeIf { label in CODED }?.let { stringResource(it) } ?: value.text
    is PictureValue.Truth -> stringResource(if (value.holds) R.string.value_yes else R.string.value_no)
    is PictureValue.Time -> timeText(value.time)
    PictureValue.Curve -> stringResource(R.string.value_curve)
    is PictureValue.Absent -> stringResource(R.string.value_absent, value.reason)
}

/** When something was: the day in the person's form, the time of day as written. */
@Composable
fun timeText(time: PictureTime): String {
    val start = time.start?.let { day(it) }
    val end = time.end?.let { day(it) }
    return when {
        !time.lasts -> start.orEmpty()
        start == null -> stringResource(R.string.value_until, end.orEmpty())
        end == null -> stringResource(R.string.value_since, start)
        else -> "$start – $end"
    }
}

/** A value with what its source says about it. */
@Composable
fun valueText(row: PictureRow): String? {
    val value = row.value?.let { valueText(it) } ?: return row.flag?.let { label(it) }
    return row.flag?.let { "$value · ${label(it)}" } ?: value
}

/** What stands under a record's title in a list: why it may not hold, its value, and, where it [isDated], its day. */
@Composable
fun recordDetail(record: RecordSummary, isDated: Boolean = true): String? {
    val validity = label(record.validities.first())
    val value = record.value?.let { valueText(it) }
    val flag = record.flag?.let { label(it) }
    val day = record.date?.takeIf { isDated }?.let { clinicalDate(it) }
    return listOfNotNull(validity, value, flag, day).joinToString(" · ").ifEmpty { null }
}

@Composable
private fun day(text: String): String {
    val shown = clinicalDate(text.substringBefore(' '))
    return if (' ' in text) "$shown ${text.substringAfter(' ')}" else shown
}

private val CODED = setOf(
    PictureLabel.STATUS, PictureLabel.GENDER, PictureLabel.CRITICALITY, PictureLabel.INTERPRETATION,
)

@StringRes
private val CODES: Map<String, Int> = mapOf(
    "final" to R.string.code_final,
    "preliminary" to R.string.code_preliminary,
    "amended" to R.string.code_amended,
    "corrected" to R.string.code_corrected,
    "active" to R.string.code_active,
    "inactive" to R.string.code_inactive,
    "resolved" to R.string.code_resolved,
    "completed" to R.string.code_completed,
    "current" to R.string.code_current,
    "finished" to R.string.code_finished,
    "stopped" to R.string.code_stopped,
    "cancelled" to R.string.code_cancelled,
    "confirmed" to R.string.code_confirmed,
    "female" to R.string.code_female,
    "male" to R.string.code_male,
    "high" to R.string.code_high,
    "low" to R.string.code_low,
)

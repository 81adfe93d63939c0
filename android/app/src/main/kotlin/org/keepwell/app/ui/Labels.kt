package org.keepwell.app.ui

import androidx.annotation.PluralsRes
import androidx.annotation.StringRes
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import org.keepwell.app.R
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.model.PasscodeReason
import org.keepwell.wallet.model.Period
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RecordOrder
import org.keepwell.wallet.model.SetAsideKind
import org.keepwell.wallet.model.WordsReason

/** A problem in plain words. */
@Composable
fun message(problem: Problem): String = when (problem) {
    Problem.Locked -> stringResource(R.string.problem_locked)
    is Problem.WrongPin -> pluralStringResource(R.plurals.problem_wrong_pin, problem.left, problem.left)
    is Problem.PinDelayed -> stringResource(R.string.problem_pin_delayed, countdown(problem.seconds.seconds))
    Problem.PinSlotDestroyed -> stringResource(R.string.problem_pin_slot)
    Problem.DeviceKeyLost -> stringResource(R.string.problem_device_key_lost)
    is Problem.WordsUnreadable -> message(problem)
    Problem.WrongWords -> stringResource(R.string.problem_wrong_words)
    Problem.PassphraseTooLong -> stringResource(R.string.problem_passphrase_long)
    is Problem.PinUnsuitable -> stringResource(R.string.problem_pin_unsuitable)
    Problem.PinsDiffer -> stringResource(R.string.problem_pins_differ)
    Problem.DeviceKeyRefused -> stringResource(R.string.problem_device_key_refused)
    Problem.DeviceKeyLockedOut -> stringResource(R.string.problem_device_key_locked_out)
    Problem.DeviceKeyUnavailable -> stringResource(R.string.problem_device_key)
    Problem.BiometricsLost -> stringResource(R.string.problem_biometrics_lost)
    Problem.BiometricsOff -> stringResource(R.string.problem_biometrics_off)
    Problem.BiometricsUnavailable -> stringResource(R.string.problem_biometrics_unavailable)
    Problem.PinChanged -> stringResource(R.string.problem_pin_changed)
    Problem.AccessNotEnded -> stringResource(R.string.problem_access_not_ended)
    is Problem.EraseFailed -> stringResource(R.string.problem_erase_failed, problem.code)
    Problem.NoWallet -> stringResource(R.string.problem_no_wallet)
    Problem.Offline -> stringResource(R.string.problem_offline)
    Problem.NotConnected -> stringResource(R.string.problem_not_connected)
    Problem.ClinicKeyChanged -> stringResource(R.string.problem_clinic_key_changed)
    Problem.ClinicSuspended -> stringResource(R.string.problem_clinic_suspended)
    is Problem.RequestOver -> stringResource(R.string.problem_request_over)
    is Problem.RequestUnproved -> stringResource(R.string.problem_request_unproved)
    is Problem.Untrusted -> stringResource(R.string.problem_untrusted)
    Problem.ShareEnded -> stringResource(R.string.problem_share_ended)
    Problem.NothingToShare -> stringResource(R.string.problem_nothing_to_share)
    Problem.Unprintable -> stringResource(R.string.problem_unprintable)
    Problem.QuizFailed -> stringResource(R.string.problem_quiz_failed)
    Problem.NothingToRestore -> stringResource(R.string.problem_nothing_to_restore)
    Problem.AlreadyThere -> stringResource(R.string.problem_already_there)
    Problem.ConnectionUnreadable -> stringResource(R.string.problem_connection_unreadable)
    is Problem.NotInvited -> stringResource(R.string.problem_not_invited)
    is Problem.FileUnreadable -> stringResource(R.string.problem_file_unreadable, problem.code)
    is Problem.HealthUnreadable -> stringResource(R.string.problem_health, problem.code)
    Problem.FileUnwritable -> stringResource(R.string.problem_file_unwritable)
    Problem.PlaceFull -> stringResource(R.string.problem_place_full)
    Problem.LinkEnded -> stringResource(R.string.link_ended)
    Problem.LinkLater -> stringResource(R.string.link_later)
    is Problem.LinkUnsafe -> stringResource(R.string.link_unsafe)
    Problem.LinkNewer -> stringResource(R.string.link_newer)
    is Problem.LinkTooLarge -> stringResource(R.string.link_too_large)
    is Problem.LinkDamaged -> stringResource(R.string.link_damaged)
    is Problem.LinkUnreachable -> stringResource(R.string.link_unreachable)
    is Problem.WrongPasscode -> message(problem)
    Problem.StoryTooLong -> stringResource(R.string.problem_story)
    is Problem.PasscodeUnsuitable -> message(problem.reason)
    is Problem.LinkUnreadable -> stringResource(R.string.link_unreadable, problem.code)
    Problem.AttachmentDamaged -> stringResource(R.string.problem_attachment_damaged)
    Problem.AttachmentMissing -> stringResource(R.string.problem_attachment_missing)
    is Problem.SourceAddress -> stringResource(R.string.problem_source_address)
    is Problem.SignInUnknown -> stringResource(R.string.problem_sign_in_unknown)
    is Problem.SignInRefused -> stringResource(R.string.problem_sign_in_refused)
    is Problem.SourceOfOther -> stringResource(R.string.problem_source_other)
    Problem.SignedOut -> stringResource(R.string.problem_signed_out)
    Problem.NoBrowser -> stringResource(R.string.phone_cannot)
    is Problem.NotFound -> stringResource(R.string.problem_not_found)
    Problem.DiskFull -> stringResource(R.string.problem_disk_full)
    is Problem.Other -> stringResource(R.string.problem_other, problem.code)
}

/** What is left after a wrong passcode. */
@Composable
private fun message(problem: Problem.WrongPasscode): String = when (val left = problem.left) {
    null -> stringResource(R.string.link_passcode_unsure)
    0 -> stringResource(R.string.link_passcode_spent)
    else -> pluralStringResource(R.plurals.link_passcode_wrong, left, left)
}

/** Why a passcode is not taken. */
@Composable
private fun message(reason: PasscodeReason): String = stringResource(
    when (reason) {
        PasscodeReason.LENGTH -> R.string.problem_passcode_length
        PasscodeReason.CHARACTER -> R.string.problem_passcode_character
        PasscodeReason.GUESSABLE -> R.string.problem_passcode_guessable
    },
)

/** Why words can't be read, and which is to blame. */
@Composable
private fun message(problem: Problem.WordsUnreadable): String = when (problem.reason) {
    WordsReason.WORD_COUNT -> stringResource(R.string.problem_word_count)
    WordsReason.WORD_NUMBERING -> stringResource(R.string.problem_word_numbering, problem.position ?: 1)
    WordsReason.UNKNOWN_WORD -> stringResource(R.string.problem_unknown_word, problem.position ?: 1)
    WordsReason.MNEMONIC_CHECKSUM -> stringResource(R.string.problem_words_checksum)
    WordsReason.TEST_SEED -> stringResource(R.string.problem_words_published)
    WordsReason.AMBIGUOUS_LANGUAGE, WordsReason.UNKNOWN -> stringResource(R.string.problem_words_other, problem.code)
}

/** A category's name. */
@Composable
fun label(category: Category): String = stringResource(
    when (category) {
        Category.PATIENT -> R.string.category_patient
        Category.ALLERGIES -> R.string.category_allergies
        Category.CONDITIONS -> R.string.category_conditions
        Category.MEDICATIONS -> R.string.category_medications
        Category.IMMUNIZATIONS -> R.string.category_immunizations
        Category.RESULTS -> R.string.category_results
        Category.VITALS -> R.string.category_vitals
        Category.PROCEDURES -> R.string.category_procedures
        Category.DOCUMENTS -> R.string.category_documents
        Category.ENCOUNTERS -> R.string.category_encounters
        Category.DEVICES -> R.string.category_devices
        Category.FAMILY_HISTORY -> R.string.category_family_history
        Category.SOCIAL_HISTORY -> R.string.category_social_history
        Category.CARE_PLANS -> R.string.category_care_plans
        Category.INSURANCE -> R.string.category_insurance
        Category.GENOMICS -> R.string.category_genomics
        Category.WEARABLES -> R.string.category_wearables
        Category.OTHER -> R.string.category_other
    },
)

/** How far back. */
@Composable
fun label(period: Period): String = stringResource(
    when (period) {
        Period.ANY -> R.string.period_any
        Period.YEAR -> R.string.period_year
        Period.FIVE_YEARS -> R.string.period_five_years
    },
)

/** In which order. */
@Composable
fun label(order: RecordOrder): String = stringResource(
    when (order) {
        RecordOrder.NEWEST_FIRST -> R.string.order_newest
        RecordOrder.LATEST_ARRIVAL -> R.string.order_arrival
    },
)

/** A purpose's name. */
@Composable
fun label(purpose: Purpose): String = stringResource(
    when (purpose) {
        Purpose.TREATMENT -> R.string.purpose_treatment
        Purpose.EMERGENCY -> R.string.purpose_emergency
        Purpose.PAYMENT -> R.string.purpose_payment
        Purpose.OPERATIONS -> R.string.purpose_operations
        Purpose.RESEARCH -> R.string.purpose_research
        Purpose.PUBLIC_HEALTH -> R.string.purpose_public_health
        Purpose.PATIENT_REQUEST -> R.string.purpose_patient_request
        Purpose.FAMILY_REQUEST -> R.string.purpose_family_request
    },
)

/** What was set aside, in plain words. */
@Composable
fun label(kind: SetAsideKind): String = stringResource(
    when (kind) {
        SetAsideKind.DOCUMENT -> R.string.aside_document
        SetAsideKind.PICTURE -> R.string.aside_picture
        SetAsideKind.PACKED -> R.string.aside_packed
        SetAsideKind.OTHER_FORM -> R.string.aside_other_form
        SetAsideKind.CARD -> R.string.aside_card
        SetAsideKind.TABLE -> R.string.aside_table
        SetAsideKind.WEB_PAGE -> R.string.aside_web_page
        SetAsideKind.EMPTY -> R.string.aside_empty
        SetAsideKind.DAMAGED -> R.string.aside_damaged
        SetAsideKind.TOO_LARGE -> R.string.aside_too_large
        SetAsideKind.UNKNOWN -> R.string.aside_unknown
    },
)

/** What happened, and how many records were fetched, where that is known. */
@Composable
fun label(entry: LogEntry): String {
    val records = entry.records
    return if (entry.event == LogEvent.RECORDS_READ && records != null) counted(R.plurals.log_records_read_count, records) else label(entry.event)
}

/** What happened. */
@Composable
fun label(event: LogEvent): String = stringResource(
    when (event) {
        LogEvent.GRANTED -> R.string.log_granted
        LogEvent.REVOKED -> R.string.log_revoked
        LogEvent.GRANT_READ -> R.string.log_looked
        LogEvent.RECORDS_READ -> R.string.log_records_read
        LogEvent.READ_WITHOUT_RECEIPT -> R.string.log_read_without_receipt
        LogEvent.UNPROVED -> R.string.log_unproved
        LogEvent.GRANT_DENIED -> R.string.log_denied
        LogEvent.SHARE_MADE -> R.string.log_share_made
        LogEvent.SHARE_OPENED -> R.string.log_share_opened
        LogEvent.SHARE_DENIED -> R.string.log_share_denied
    },
)

/** A span in the unit that fits it: days, hours, minutes or seconds. */
@Composable
fun label(duration: Duration): String = when {
    duration > 1.days || duration == 1.days -> duration.inWholeDays.toInt().let { pluralStringResource(R.plurals.days, it, it) }
    duration >= 1.hours -> duration.inWholeHours.toInt().let { pluralStringResource(R.plurals.hours, it, it) }
    duration < 1.minutes -> duration.inWholeSeconds.toInt().let { pluralStringResource(R.plurals.seconds, it, it) }
    else -> duration.inWholeMinutes.toInt().let { pluralStringResource(R.plurals.minutes, it, it) }
}

/** A text by the number that it says. */
@Composable
fun counted(@PluralsRes text: Int, count: Long): String = pluralStringResource(text, count.toInt(), count.toInt())

/** How many records. */
@Composable
fun recordCount(count: Long): String = counted(R.plurals.records_count, count)

/** A FHIR type's name; rarer ones keep FHIR's own. */
@Composable
fun typeLabel(resourceType: String): String = TYPES[resourceType]?.let { stringResource(it) } ?: stringResource(R.string.record_other_type, resourceType)

@StringRes
private val TYPES: Map<String, Int> = mapOf(
    "Patient" to R.string.type_patient,
    "AllergyIntolerance" to R.string.type_allergy_intolerance,
    "Condition" to R.string.type_condition,
    "MedicationRequest" to R.string.type_medication_request,
    "MedicationStatement" to R.string.type_medication_statement,
    "Immunization" to R.string.type_immunization,
    "Observation" to R.string.type_observation,
    "Procedure" to R.string.type_procedure,
    "DocumentReference" to R.string.type_document_reference,
    "Encounter" to R.string.type_encounter,
    "DiagnosticReport" to R.string.type_diagnostic_report,
    "Coverage" to R.string.type_coverage,
)

/** What a patient calls the kinds of records that a clinic gives, each once; what few have is told as one. */
@StringRes
fun kinds(resourceTypes: List<String>): List<Int> {
    val kinds = resourceTypes.map { TYPES[it] ?: KINDS[it] ?: R.string.records_other }.distinct()
    return kinds - R.string.records_other + kinds.filter { it == R.string.records_other }
}

/** Types that are told beside those with a name of their own. */
@StringRes
private val KINDS: Map<String, Int> = mapOf(
    "Appointment" to R.string.type_appointment,
    "CarePlan" to R.string.type_care_plan,
    "ClinicalImpression" to R.string.type_diagnostic_report,
    "Device" to R.string.type_device,
    "DeviceRequest" to R.string.type_device,
    "EpisodeOfCare" to R.string.type_encounter,
    "ExplanationOfBenefit" to R.string.type_coverage,
    "FamilyMemberHistory" to R.string.type_family_member_history,
    "Goal" to R.string.type_care_plan,
    "ImagingStudy" to R.string.type_imaging_study,
    "ImmunizationRecommendation" to R.string.type_immunization,
    "Media" to R.string.type_imaging_study,
    "MedicationAdministration" to R.string.type_medication_statement,
    "MedicationDispense" to R.string.type_medication_statement,
    "NutritionOrder" to R.string.type_care_plan,
    "RiskAssessment" to R.string.type_diagnostic_report,
    "ServiceRequest" to R.string.type_service_request,
    "Specimen" to R.string.type_observation,
    "VisionPrescription" to R.string.type_medication_request,
)

package org.keepwell.wallet.rust

import org.keepwell.ContentKind
import org.keepwell.ImportOutcome
import org.keepwell.Missing
import org.keepwell.Notice
import org.keepwell.Quarantine
import org.keepwell.QuarantineReason
import org.keepwell.QuarantinedItem
import org.keepwell.TypedWordState
import org.keepwell.wallet.model.FoundPerson
import org.keepwell.wallet.model.ImportEntry
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.ImportNotice
import org.keepwell.wallet.model.ImportReach
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.ImportResult
import org.keepwell.wallet.model.MissingKind
import org.keepwell.wallet.model.MissingPart
import org.keepwell.wallet.model.RestoreReport
import org.keepwell.wallet.model.SetAside
import org.keepwell.wallet.model.SetAsideId
import org.keepwell.wallet.model.SetAsideKind
import org.keepwell.wallet.model.TypedWord
import org.keepwell.wallet.model.UndoReport
import org.keepwell.wallet.model.WordMark

internal fun TypedWordState.toModel(): TypedWord = when (this) {
    TypedWordState.Known -> TypedWord(WordMark.KNOWN)
    is TypedWordState.Begun -> TypedWord(WordMark.BEGUN, completions)
    is TypedWordState.Unknown -> TypedWord(WordMark.UNKNOWN, suggestions)
}

internal fun org.keepwell.RestoreReport.toModel() =
    RestoreReport(records.toLong(), grants.toLong(), shares.toLong(), time, missing.map { it.toModel() }.merged())

/** One line for each kind and category. */
private fun List<MissingPart>.merged(): List<MissingPart> =
    groupBy { it.kind to it.category }.map { (key, parts) -> MissingPart(key.first, parts.sumOf { it.count }, key.second) }

internal fun Missing.toModel(): MissingPart = when (this) {
    is Missing.Versions -> MissingPart(MissingKind.RECORDS, count.toLong(), category?.toModel())
    is Missing.Lists -> MissingPart(MissingKind.RECORDS, entries.toLong(), category?.toModel())
    is Missing.Compartments -> MissingPart(MissingKind.RECORDS, count.toLong())
    is Missing.NewerVersions -> MissingPart(MissingKind.NEEDS_UPDATE, count.toLong())
    is Missing.NewerState -> MissingPart(MissingKind.NEEDS_UPDATE, count.toLong())
    is Missing.StateLists -> MissingPart(MissingKind.OWN_NOTES, entries.toLong())
    is Missing.State -> MissingPart(MissingKind.OWN_NOTES, count.toLong())
    is Missing.UnknownGrants -> MissingPart(MissingKind.UNKNOWN_GRANTS, count.toLong())
    is Missing.UnprovedGrants -> MissingPart(MissingKind.UNPROVED_GRANTS, count.toLong())
    is Missing.Anchor -> MissingPart(MissingKind.MAYBE_OLDER, 1)
}

internal fun ImportOutcome.toModel(): ImportResult = when (this) {
    is ImportOutcome.Imported -> ImportResult.Taken(report.toModel())
    is ImportOutcome.OtherPatients -> ImportResult.WhoIsIt(
        patients.map { FoundPerson(it.number.toInt(), it.name, it.birthDate, it.records.toLong(), it.isOwner) },
    )
}

internal fun org.keepwell.ImportReport.toModel() = ImportReport(
    import?.let { ImportId(it.text) },
    added.toLong(),
    updated.toLong(),
    duplicates.toLong(),
    otherPatient.toLong(),
    quarantined.map { kindOf(it.reason, it.kind) },
    notices.mapNotNull { it.toModel() }.distinct(),
)

private fun Notice.toModel(): ImportNotice? = when (this) {
    is Notice.ServerSaid -> ImportNotice.Said(text)
    is Notice.MissingPage -> ImportNotice.PageMissing
    is Notice.OldRelease -> ImportNotice.OldForm
    is Notice.HealthCard, is Notice.Document, is Notice.Measurements, is Notice.More -> null
}

/** Its size says more than its kind, where it is too large. */
private fun kindOf(reason: Quarantine, kind: ContentKind) = if (reason == Quarantine.TooLarge) SetAsideKind.TOO_LARGE else kind.toModel()

internal fun ContentKind.toModel(): SetAsideKind = when (this) {
    ContentKind.PDF, ContentKind.OFFICE_DOCUMENT, ContentKind.TEXT -> SetAsideKind.DOCUMENT
    ContentKind.PICTURE, ContentKind.DICOM -> SetAsideKind.PICTURE
    ContentKind.ZIP, ContentKind.ARCHIVE -> SetAsideKind.PACKED
    ContentKind.C_CDA, ContentKind.FHIR_XML, ContentKind.APPLE_HEALTH, ContentKind.HL7_VERSION2 -> SetAsideKind.OTHER_FORM
    ContentKind.HEALTH_CARD, ContentKind.HEALTH_CARD_JWS, ContentKind.HEALTH_CARD_QR, ContentKind.HEALTH_LINK, ContentKind.JWE -> SetAsideKind.CARD
    ContentKind.TABLE -> SetAsideKind.TABLE
    ContentKind.HTML -> SetAsideKind.WEB_PAGE
    ContentKind.EMPTY -> SetAsideKind.EMPTY
    ContentKind.DAMAGED -> SetAsideKind.DAMAGED
    ContentKind.BUNDLE, ContentKind.RESOURCE, ContentKind.NDJSON, ContentKind.JSON_LINES_OF_VALUES, ContentKind.JSON_OTHER,
    ContentKind.XML, ContentKind.BINARY,
    -> SetAsideKind.UNKNOWN
}

internal fun org.keepwell.ImportSummary.toModel() = ImportEntry(ImportId(import.text), source, time, added.toLong(), updated.toLong(), undone)

internal fun org.keepwell.ImportReach.toModel() = ImportReach(versions.toLong(), granted, shares.toLong(), quarantined.toLong())

internal fun org.keepwell.UndoReport.toModel() = UndoReport(removed.toLong(), restored.toLong())

internal fun QuarantinedItem.toModel() =
    SetAside(SetAsideId(id.text), file, if (reason == QuarantineReason.TOO_LARGE) SetAsideKind.TOO_LARGE else kind.toModel(), bytes.toLong(), received)

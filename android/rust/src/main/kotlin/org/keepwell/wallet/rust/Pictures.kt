package org.keepwell.wallet.rust

import org.keepwell.ChartComponent
import org.keepwell.ChartRow
import org.keepwell.ChartTime
import org.keepwell.ChartValue
import org.keepwell.RecordView
import org.keepwell.ResultRow
import org.keepwell.wallet.model.PictureAttachment
import org.keepwell.wallet.model.PictureFact
import org.keepwell.wallet.model.PictureField
import org.keepwell.wallet.model.PictureLabel
import org.keepwell.wallet.model.PicturePart
import org.keepwell.wallet.model.PicturePassage
import org.keepwell.wallet.model.PictureRow
import org.keepwell.wallet.model.PictureTime
import org.keepwell.wallet.model.PictureValue
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.model.RecordVersion
import org.keepwell.wallet.model.SeriesResult
import org.keepwell.wallet.model.Validity
import org.keepwell.wallet.model.ValueFlag
import org.keepwell.wallet.model.VersionStanding

// The names are the same on both sides; a test walks through all of them.
internal fun org.keepwell.Validity.toModel(): Validity = Validity.valueOf(name)

internal fun org.keepwell.RecordKind.toModel(): RecordKind = RecordKind.valueOf(name)

internal fun org.keepwell.ValueFlag.toModel(): ValueFlag = ValueFlag.valueOf(name)

internal fun org.keepwell.ChartLabel.toModel(): PictureLabel = PictureLabel.valueOf(name)

internal fun ChartTime.toModel() = PictureTime(start, end, lasts)

internal fun ChartValue.toModel(): PictureValue = when (this) {
    is ChartValue.Text -> PictureValue.Text(text)
    is ChartValue.Truth -> PictureValue.Truth(holds)
    is ChartValue.Time -> PictureValue.Time(`when`.toModel())
    is ChartValue.Curve -> PictureValue.Curve
    is ChartValue.Absent -> PictureValue.Absent(reason)
}

internal fun ChartRow.toModel() = PictureRow(
    kind.toModel(), resourceType, title, `when`?.toModel(), value?.toModel(), measure?.toModel(), flag?.toModel(), referenceRange,
    validities.map { it.toModel() },
)

private fun ChartComponent.toModel(): PicturePart {
    // One text of which there is a flag is what the flag says; of several it is not known which.
    val words = if (flag != null && interpretation.size == 1) emptyList() else interpretation
    return PicturePart(title, value?.toModel(), flag?.toModel(), words, referenceRange, measure?.toModel())
}

internal fun RecordView.toModel() = RecordPicture(
    source,
    view.row.toModel(),
    view.facts.map { fact -> PictureFact(fact.label.toModel(), fact.lines.map { it.value.toModel() }) },
    view.components.map { it.toModel() },
    view.results.map { it.toModel() },
    view.passages.map { PicturePassage(it.label.toModel(), it.title, it.text) },
    view.attachments.map { PictureAttachment(it.title, it.contentType, it.address, !it.text.isNullOrBlank(), it.bytes?.toLong(), it.isHere) },
    view.fields.listed.map { PictureField(it.name, it.value.toModel()) },
    received,
)

internal fun org.keepwell.VersionStanding.toModel(): VersionStanding = VersionStanding.valueOf(name)

internal fun org.keepwell.RecordVersion.toModel() = RecordVersion(version.toInt(), standing.toModel(), source, received)

internal fun ResultRow.toModel() = SeriesResult(RecordId(id.text), row.toModel())

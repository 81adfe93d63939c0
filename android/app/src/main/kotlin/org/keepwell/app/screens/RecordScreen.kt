package org.keepwell.app.screens

import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.style.TextDirection
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.kindLabel
import org.keepwell.app.ui.label
import org.keepwell.app.ui.timeText
import org.keepwell.app.ui.valueText
import org.keepwell.wallet.model.PictureLabel
import org.keepwell.wallet.model.PicturePart
import org.keepwell.wallet.model.PictureRow
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.screen.RecordEvent
import org.keepwell.wallet.screen.RecordState

/** One record: why it may not hold, what it says, and as it was received. */
@Composable
fun RecordScreen(state: RecordState, onBack: () -> Unit, onLock: () -> Unit, onEvent: (RecordEvent) -> Unit) {
    ScreenFrame(onBack, onLock) {
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(RecordEvent.Retry) } } }
        val picture = state.picture
        if (picture != null) {
            item { ScreenTitle(picture.row.title ?: stringResource(R.string.record_untitled), kindLabel(picture.row)) }
            items(picture.row.validities.size) { index ->
                label(picture.row.validities[index])?.let { Notice(it, Tone.WARNING, isSilent = true) }
            }
            said(picture)
            item { SecondaryText(stringResource(R.string.record_source, picture.source)) }
            item {
                OtherButton(stringResource(if (state.showsReceived) R.string.record_hide_received else R.string.record_show_received)) {
                    onEvent(RecordEvent.ToggleReceived)
                }
            }
            if (state.showsReceived) {
                item { SectionHeading(stringResource(R.string.record_as_received)) }
                item {
                    InfoCard {
                        SelectionContainer {
                            val style = MaterialTheme.typography.bodySmall.copy(fontFamily = FontFamily.Monospace, textDirection = TextDirection.Ltr)
                            Text(state.received, style = style)
                        }
                    }
                }
            }
        } else if (state.problem == null) {
            item { BusyIndicator() }
        }
    }
}

/** What a record says, by part. */
private fun LazyListScope.said(picture: RecordPicture) {
    item { if (picture.row.kind == RecordKind.UNREADABLE) SecondaryText(stringResource(R.string.record_unreadable)) else RecordFacts(picture) }
    if (picture.parts.isNotEmpty()) {
        item { SectionHeading(stringResource(R.string.record_parts)) }
        item { InfoCard { picture.parts.forEach { MeasurementPart(it) } } }
    }
    if (picture.results.isNotEmpty()) {
        item { SectionHeading(label(PictureLabel.RESULTS)) }
        item { InfoCard { picture.results.forEach { ReportResult(it) } } }
    }
    picture.passages.forEach { passage ->
        item { SectionHeading(label(passage.label)) }
        item {
            InfoCard {
                passage.title?.let { SecondaryText(it) }
                SelectionContainer { Text(passage.text, style = MaterialTheme.typography.bodyLarge) }
            }
        }
    }
    if (picture.attachments.isNotEmpty()) {
        item { SectionHeading(stringResource(R.string.record_files)) }
        item { InfoCard { picture.attachments.forEach { file -> SecondaryText(listOfNotNull(file.title, file.contentType, file.address).joinToString(", ")) } } }
    }
    if (picture.row.kind == RecordKind.OTHER && picture.fields.isNotEmpty()) {
        item { SectionHeading(stringResource(R.string.record_fields)) }
        item { InfoCard { picture.fields.forEach { LabeledText(it.name, valueText(it.value)) } } }
    }
}

@Composable
private fun RecordFacts(picture: RecordPicture) {
    val row = picture.row
    InfoCard {
        valueText(row)?.let { LabeledText(label(PictureLabel.VALUE), it) }
        row.referenceRange?.let { LabeledText(label(PictureLabel.REFERENCE_RANGE), it) }
        row.time?.let { LabeledText(label(PictureLabel.DATE), timeText(it)) }
        picture.facts.forEach { fact -> LabeledText(label(fact.label), fact.values.map { valueText(it, fact.label) }.joinToString("\n")) }
    }
}

@Composable
private fun MeasurementPart(part: PicturePart) {
    val said = listOfNotNull(part.value?.let { valueText(it) }) + part.interpretation + listOfNotNull(part.referenceRange?.let { "[$it]" })
    LabeledText(part.title ?: label(PictureLabel.VALUE), said.joinToString(" · "))
}

@Composable
private fun ReportResult(row: PictureRow) {
    val said = listOfNotNull(row.time?.let { timeText(it) }, valueText(row)) + row.validities.map { label(it) }.filterNotNull()
    LabeledText(row.title ?: stringResource(R.string.record_untitled), said.joinToString(" · "))
}

package org.keepwell.app.screens

import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
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
fun RecordScreen(
    state: RecordState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (RecordEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock) {
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(RecordEvent.Retry) }) }
        }
        val picture = state.picture
        if (picture != null) {
            item {
                ScreenTitle(
                    text = picture.row.title ?: stringResource(R.string.record_untitled),
                    above = kindLabel(picture.row),
                )
            }
            items(count = picture.row.validities.size) { index ->
                label(picture.row.validities[index])?.let { Notice(text = it, tone = Tone.WARNING, isSilent = true) }
            }
            pictureItems(picture)
            item { SecondaryText(text = stringResource(R.string.record_source, picture.source)) }
            item {
                OtherButton(
                    text = stringResource(if (state.showsReceived) R.string.record_hide_received else R.string.record_show_received),
                    onClick = { onEvent(RecordEvent.ToggleReceived) },
                )
            }
            if (state.showsReceived) {
                item { SectionHeading(text = stringResource(R.string.record_as_received)) }
                item { ReceivedText(text = state.received) }
            }
        } else if (state.problem == null) {
            item { BusyIndicator() }
        }
    }
}

/** What a record says, by part. */
private fun LazyListScope.pictureItems(picture: RecordPicture) {
    item {
        if (picture.row.kind == RecordKind.UNREADABLE) {
            SecondaryText(text = stringResource(R.string.record_unreadable))
        } else {
            RecordFacts(picture = picture)
        }
    }
    if (picture.parts.isNotEmpty()) {
        item { SectionHeading(text = stringResource(R.string.record_parts)) }
        item { InfoCard { picture.parts.forEach { MeasurementPart(part = it) } } }
    }
    if (picture.results.isNotEmpty()) {
        item { SectionHeading(text = label(PictureLabel.RESULTS)) }
        item { InfoCard { picture.results.forEach { ReportResult(row = it) } } }
    }
    picture.passages.forEach { passage ->
        item { SectionHeading(text = label(passage.label)) }
        item {
            InfoCard {
                passage.title?.let { SecondaryText(text = it) }
                SelectionContainer { Text(text = passage.text, style = MaterialTheme.typography.bodyLarge) }
            }
        }
    }
    if (picture.attachments.isNotEmpty()) {
        item { SectionHeading(text = stringResource(R.string.record_files)) }
        item {
            InfoCard {
                picture.attachments.forEach { file ->
                    SecondaryText(text = listOfNotNull(file.title, file.contentType, file.address).joinToString(", "))
                }
            }
        }
    }
    if (picture.row.kind == RecordKind.OTHER && picture.fields.isNotEmpty()) {
        item { SectionHeading(text = stringResource(R.string.record_fields)) }
        item { InfoCard { picture.fields.forEach { LabeledText(label = it.name, text = valueText(it.value)) } } }
    }
}

@Composable
private fun RecordFacts(picture: RecordPicture, modifier: Modifier = Modifier) {
    val row = picture.row
    InfoCard(modifier = modifier) {
        valueText(row)?.let { LabeledText(label = label(PictureLabel.VALUE), text = it) }
        row.referenceRange?.let { LabeledText(label = label(PictureLabel.REFERENCE_RANGE), text = it) }
        row.time?.let { LabeledText(label = label(PictureLabel.DATE), text = timeText(it)) }
        picture.facts.forEach { fact ->
            LabeledText(label = label(fact.label), text = fact.values.map { valueText(it, fact.label) }.joinToString("\n"))
        }
    }
}

@Composable
private fun MeasurementPart(part: PicturePart, modifier: Modifier = Modifier) {
    val said = listOfNotNull(part.value?.let { valueText(it) }) + part.interpretation + listOfNotNull(part.referenceRange?.let { "[$it]" })
    LabeledText(label = part.title ?: label(PictureLabel.VALUE), text = said.joinToString(" · "), modifier = modifier)
}

@Composable
private fun ReportResult(row: PictureRow, modifier: Modifier = Modifier) {
    val said = listOfNotNull(row.time?.let { timeText(it) }, valueText(row)) + row.validities.map { label(it) }.filterNotNull()
    LabeledText(
        label = row.title ?: stringResource(R.string.record_untitled),
        text = said.joinToString(" · "),
        modifier = modifier,
    )
}

@Composable
private fun ReceivedText(text: String, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        SelectionContainer {
            Text(
                text = text,
                style = MaterialTheme.typography.bodySmall.copy(
                    fontFamily = FontFamily.Monospace,
                    textDirection = TextDirection.Ltr,
                ),
            )
        }
    }
}

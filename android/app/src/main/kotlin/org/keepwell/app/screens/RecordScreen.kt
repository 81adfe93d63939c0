package org.keepwell.app.screens

import android.text.format.Formatter
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.style.TextDirection
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.FlagBadge
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RangeOf
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.kindLabel
import org.keepwell.app.ui.label
import org.keepwell.app.ui.timeText
import org.keepwell.app.ui.valueText
import org.keepwell.wallet.model.Measure
import org.keepwell.wallet.model.PictureAttachment
import org.keepwell.wallet.model.PictureLabel
import org.keepwell.wallet.model.PicturePart
import org.keepwell.wallet.model.PictureRow
import org.keepwell.wallet.model.PictureValue
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.model.RecordVersion
import org.keepwell.wallet.model.ValueFlag
import org.keepwell.wallet.model.contradicts
import org.keepwell.wallet.screen.RecordEvent
import org.keepwell.wallet.screen.RecordState

/** One record: why it may not hold, its value first, what else it says, where it comes from, and as it was received. */
@Composable
fun RecordScreen(
    state: RecordState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (RecordEvent) -> Unit,
    modifier: Modifier = Modifier,
    list: LazyListState = rememberLazyListState(),
) {
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock, list = list) {
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
            pictureItems(picture, onEvent)
            if (state.others.isNotEmpty()) otherItems(state, onEvent)
            item { SourceCard(picture = picture) }
            if (state.history.size > 1) historyItems(state.history)
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
private fun LazyListScope.pictureItems(picture: RecordPicture, onEvent: (RecordEvent) -> Unit) {
    if (picture.row.kind == RecordKind.UNREADABLE) {
        item { SecondaryText(text = stringResource(R.string.record_unreadable)) }
        return
    }
    if (picture.row.run { value != null || flag != null || referenceRange != null }) {
        item { ValueCard(row = picture.row, hasParts = picture.parts.isNotEmpty()) }
    }
    if (picture.parts.isNotEmpty()) {
        item { SectionHeading(text = stringResource(R.string.record_parts)) }
        items(count = picture.parts.size) { PartCard(part = picture.parts[it]) }
    }
    if (picture.row.time != null || picture.facts.isNotEmpty()) item { RecordFacts(picture = picture) }
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
    // What could be read stands among the passages.
    val unread = picture.attachments.withIndex().filterNot { it.value.isRead }
    if (unread.isNotEmpty()) {
        item { SectionHeading(text = stringResource(R.string.record_files)) }
        items(count = unread.size) { at ->
            val (index, file) = unread[at]
            AttachedFile(file = file, onOpen = { onEvent(RecordEvent.OpenFile(index)) })
        }
    }
    if (picture.row.kind == RecordKind.OTHER && picture.fields.isNotEmpty()) {
        item { SectionHeading(text = stringResource(R.string.record_fields)) }
        item { InfoCard { picture.fields.forEach { LabeledText(label = it.name, text = valueText(it.value)) } } }
    }
}

/** The results of the same kind at other times, each of which has a page. */
private fun LazyListScope.otherItems(state: RecordState, onEvent: (RecordEvent) -> Unit) {
    item { SectionHeading(text = stringResource(R.string.record_series)) }
    items(count = state.shownOthers.size, key = { "other ${state.shownOthers[it].id.hex}" }) { index ->
        val (id, row) = state.shownOthers[index]
        LinkCard(
            title = valueText(row) ?: row.title ?: stringResource(R.string.record_untitled),
            onClick = { onEvent(RecordEvent.Open(id)) },
            detail = listOfNotNull(label(row.validities.first()), row.time?.let { timeText(it) }).joinToString(" · ").ifEmpty { null },
        )
    }
    val more = state.others.size - state.shownOthers.size
    if (more > 0) {
        item { OtherButton(text = pluralStringResource(R.plurals.review_more, more, more), onClick = { onEvent(RecordEvent.ShowAllOthers) }) }
    }
}

private fun LazyListScope.historyItems(history: List<RecordVersion>) {
    item { SectionHeading(text = stringResource(R.string.record_history)) }
    item {
        InfoCard {
            history.forEach { version ->
                LabeledText(
                    label = stringResource(R.string.record_version, version.number),
                    text = listOf(label(version.standing), version.source, day(version.received)).joinToString(" · "),
                )
            }
        }
    }
}

/** The value so that it is read first, and how it stands to what is normal. A value of [hasParts] is said by them, at their size. */
@Composable
private fun ValueCard(row: PictureRow, hasParts: Boolean, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier.semantics(mergeDescendants = true) {}) {
        row.value?.let {
            val style = MaterialTheme.typography.run { if (hasParts || it is PictureValue.Absent) titleMedium else headlineLarge }
            Text(text = valueText(it), style = style)
        }
        row.flag?.let { FlagBadge(flag = it) }
        NormalRange(measure = row.measure?.beside(row.flag), range = row.referenceRange)
    }
}

@Composable
private fun PartCard(part: PicturePart, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier.semantics(mergeDescendants = true) {}) {
        LabeledText(label = part.title ?: label(PictureLabel.VALUE), text = part.value?.let { valueText(it) }.orEmpty())
        part.flag?.let { FlagBadge(flag = it) }
        if (part.interpretation.isNotEmpty()) SecondaryText(text = part.interpretation.joinToString(" · "))
        // What its source says in words of its own stands above, and nothing of ours beside it.
        NormalRange(measure = part.measure?.takeIf { part.interpretation.isEmpty() }?.beside(part.flag), range = part.referenceRange)
    }
}

/** The measure, unless its source says otherwise of it than it stands to what is normal. */
private fun Measure.beside(flag: ValueFlag?) = takeUnless { of -> of.standing?.let { flag?.contradicts(it) } == true }

/** What is normal: beside the number where they can be compared, else as it is written. */
@Composable
private fun NormalRange(measure: Measure?, range: String?, modifier: Modifier = Modifier) {
    if (range == null) return
    if (measure?.standing != null) {
        RangeOf(measure = measure, range = range, modifier = modifier)
    } else {
        LabeledText(label = label(PictureLabel.REFERENCE_RANGE), text = range, modifier = modifier)
    }
}

@Composable
private fun RecordFacts(picture: RecordPicture, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        picture.row.time?.let { LabeledText(label = label(PictureLabel.DATE), text = timeText(it)) }
        picture.facts.forEach { fact ->
            LabeledText(label = label(fact.label), text = fact.values.map { valueText(it, fact.label) }.joinToString("\n"))
        }
    }
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

/** A file by name, kind and size, which opens; or why it does not. An address is only said, never followed. */
@Composable
private fun AttachedFile(file: PictureAttachment, onOpen: () -> Unit, modifier: Modifier = Modifier) {
    val title = file.title ?: stringResource(R.string.file_untitled)
    val size = file.size?.let { Formatter.formatShortFileSize(LocalContext.current, it) }
    val said = listOfNotNull(file.contentType?.let { fileKind(it) }, size).joinToString(" · ")
    if (file.isHere) {
        LinkCard(title = title, onClick = onOpen, modifier = modifier, detail = said.ifEmpty { null })
    } else {
        InfoCard(modifier = modifier.semantics(mergeDescendants = true) {}) {
            Text(text = title, style = MaterialTheme.typography.bodyLarge)
            if (said.isNotEmpty()) SecondaryText(text = said)
            SecondaryText(text = file.address?.let { stringResource(R.string.file_elsewhere, it) } ?: stringResource(R.string.problem_attachment_missing))
        }
    }
}

/** What kind of file it is, in words; a rarer one by its media type. */
@Composable
internal fun fileKind(contentType: String): String = when {
    contentType.startsWith("application/pdf", ignoreCase = true) -> stringResource(R.string.aside_document)
    contentType.startsWith("image/", ignoreCase = true) -> stringResource(R.string.aside_picture)
    else -> contentType
}

@Composable
private fun SourceCard(picture: RecordPicture, modifier: Modifier = Modifier) {
    Column(modifier = modifier) {
        SecondaryText(text = stringResource(R.string.record_source, picture.source))
        picture.received?.let { SecondaryText(text = stringResource(R.string.record_received, day(it))) }
    }
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

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
import org.keepwell.app.ui.Busy
import org.keepwell.app.ui.Card
import org.keepwell.app.ui.Frame
import org.keepwell.app.ui.Heading
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.Pair
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.Quiet
import org.keepwell.app.ui.Title
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.kindWords
import org.keepwell.app.ui.valueWords
import org.keepwell.app.ui.words
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
    Frame(onBack, onLock) {
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(RecordEvent.Retry) } } }
        val picture = state.picture
        if (picture != null) {
            item { Title(picture.row.title ?: stringResource(R.string.record_untitled), kindWords(picture.row)) }
            items(picture.row.validities.size) { index ->
                words(picture.row.validities[index])?.let { Notice(it, Tone.WARNING, isSilent = true) }
            }
            said(picture)
            item { Quiet(stringResource(R.string.record_source, picture.source)) }
            item {
                OtherButton(stringResource(if (state.showsReceived) R.string.record_hide_received else R.string.record_show_received)) {
                    onEvent(RecordEvent.ToggleReceived)
                }
            }
            if (state.showsReceived) {
                item { Heading(stringResource(R.string.record_as_received)) }
                item {
                    Card {
                        SelectionContainer {
                            val style = MaterialTheme.typography.bodySmall.copy(fontFamily = FontFamily.Monospace, textDirection = TextDirection.Ltr)
                            Text(state.received, style = style)
                        }
                    }
                }
            }
        } else if (state.problem == null) {
            item { Busy() }
        }
    }
}

/** What a record says, by part. */
private fun LazyListScope.said(picture: RecordPicture) {
    item { if (picture.row.kind == RecordKind.UNREADABLE) Quiet(stringResource(R.string.record_unreadable)) else Facts(picture) }
    if (picture.parts.isNotEmpty()) {
        item { Heading(stringResource(R.string.record_parts)) }
        item { Card { picture.parts.forEach { Part(it) } } }
    }
    if (picture.results.isNotEmpty()) {
        item { Heading(words(PictureLabel.RESULTS)) }
        item { Card { picture.results.forEach { Result(it) } } }
    }
    picture.passages.forEach { passage ->
        item { Heading(words(passage.label)) }
        item {
            Card {
                passage.title?.let { Quiet(it) }
                SelectionContainer { Text(passage.text, style = MaterialTheme.typography.bodyLarge) }
            }
        }
    }
    if (picture.attachments.isNotEmpty()) {
        item { Heading(stringResource(R.string.record_files)) }
        item { Card { picture.attachments.forEach { file -> Quiet(listOfNotNull(file.title, file.contentType, file.address).joinToString(", ")) } } }
    }
    if (picture.row.kind == RecordKind.OTHER && picture.fields.isNotEmpty()) {
        item { Heading(stringResource(R.string.record_fields)) }
        item { Card { picture.fields.forEach { Pair(it.name, words(it.value)) } } }
    }
}

@Composable
private fun Facts(picture: RecordPicture) {
    val row = picture.row
    Card {
        valueWords(row)?.let { Pair(words(PictureLabel.VALUE), it) }
        row.referenceRange?.let { Pair(words(PictureLabel.REFERENCE_RANGE), it) }
        row.time?.let { Pair(words(PictureLabel.DATE), words(it)) }
        picture.facts.forEach { fact -> Pair(words(fact.label), fact.values.map { words(it, fact.label) }.joinToString("\n")) }
    }
}

@Composable
private fun Part(part: PicturePart) {
    val said = listOfNotNull(part.value?.let { words(it) }) + part.interpretation + listOfNotNull(part.referenceRange?.let { "[$it]" })
    Pair(part.title ?: words(PictureLabel.VALUE), said.joinToString(" · "))
}

@Composable
private fun Result(row: PictureRow) {
    val said = listOfNotNull(row.time?.let { words(it) }, valueWords(row)) + row.validities.map { words(it) }.filterNotNull()
    Pair(row.title ?: stringResource(R.string.record_untitled), said.joinToString(" · "))
}

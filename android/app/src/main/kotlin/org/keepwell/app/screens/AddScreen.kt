package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.Question
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.label
import org.keepwell.wallet.model.ImportEntry
import org.keepwell.wallet.model.SetAside
import org.keepwell.wallet.screen.ImportsEvent
import org.keepwell.wallet.screen.ImportsState

/** The ways in which records come in, [onHealth] where the phone has a collection of its own; below them what came in, which can be taken back, and what can't be read. */
@Composable
fun AddScreen(
    state: ImportsState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onFile: () -> Unit,
    onCode: () -> Unit,
    onLink: () -> Unit,
    onSources: () -> Unit,
    onHealth: (() -> Unit)?,
    onEvent: (ImportsEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(modifier = modifier, onBack = onBack, onLock = onLock) {
        item { ScreenTitle(text = stringResource(R.string.import_action)) }
        // Before the ways in, which fill a screen in large type.
        if (state.isLoading) item { BusyIndicator() }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem, onRetry = { onEvent(ImportsEvent.Retry) }) } }
        state.undone?.let { undone ->
            val count = undone.removed.toInt()
            item { Notice(text = pluralStringResource(R.plurals.undo_done, count, count), tone = Tone.INFO) }
        }
        item {
            LinkCard(title = stringResource(R.string.add_file), onClick = onFile, detail = stringResource(R.string.add_file_how))
        }
        item {
            LinkCard(title = stringResource(R.string.add_code), onClick = onCode, detail = stringResource(R.string.add_code_how))
        }
        item {
            LinkCard(title = stringResource(R.string.link_paste), onClick = onLink, detail = stringResource(R.string.link_paste_how))
        }
        item {
            LinkCard(title = stringResource(R.string.source_connect), onClick = onSources, detail = stringResource(R.string.source_connect_how))
        }
        if (onHealth != null) {
            item {
                LinkCard(title = stringResource(R.string.health_title), onClick = onHealth, detail = stringResource(R.string.health_how))
            }
        }
        if (state.imports.isNotEmpty()) item { SectionHeading(text = stringResource(R.string.imports_title)) }
        items(count = state.imports.size, key = { state.imports[it].id.text }) { index ->
            ImportCard(
                import = state.imports[index],
                isEnabled = !state.isLoading,
                onUndo = { onEvent(ImportsEvent.AskUndo(state.imports[index].id)) },
            )
        }
        if (state.setAside.isNotEmpty()) {
            item { SectionHeading(text = stringResource(R.string.set_aside_title)) }
            item { SecondaryText(text = stringResource(R.string.set_aside_body)) }
        }
        items(count = state.setAside.size, key = { state.setAside[it].id.hex }) { index ->
            SetAsideCard(
                item = state.setAside[index],
                isEnabled = !state.isLoading,
                onDrop = { onEvent(ImportsEvent.AskDrop(state.setAside[index].id)) },
            )
        }
    }
    state.undoing?.let { UndoQuestion(reach = it.reach, onUndo = { onEvent(ImportsEvent.Undo) }, onKeep = { onEvent(ImportsEvent.Keep) }) }
    state.dropping?.let { DropQuestion(onDrop = { onEvent(ImportsEvent.Drop) }, onKeep = { onEvent(ImportsEvent.Keep) }) }
}

@Composable
private fun ImportCard(import: ImportEntry, isEnabled: Boolean, onUndo: () -> Unit, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        Text(text = import.source, style = MaterialTheme.typography.titleMedium)
        SecondaryText(text = day(import.time))
        if (import.added > 0) {
            SecondaryText(text = pluralStringResource(R.plurals.import_added, import.added.toInt(), import.added.toInt()))
        }
        if (import.updated > 0) {
            SecondaryText(text = pluralStringResource(R.plurals.import_updated, import.updated.toInt(), import.updated.toInt()))
        }
        val undone = import.undone
        if (undone == null) {
            QuietButton(text = stringResource(R.string.undo_action), onClick = onUndo, isEnabled = isEnabled)
        } else {
            SecondaryText(text = stringResource(R.string.import_undone, day(undone)))
        }
    }
}

@Composable
private fun SetAsideCard(item: SetAside, isEnabled: Boolean, onDrop: () -> Unit, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        Text(text = label(item.kind), style = MaterialTheme.typography.bodyLarge)
        SecondaryText(text = listOf(item.file, day(item.since)).filter { it.isNotBlank() }.joinToString(" · "))
        QuietButton(text = stringResource(R.string.set_aside_drop), onClick = onDrop, isEnabled = isEnabled)
    }
}

@Composable
private fun DropQuestion(onDrop: () -> Unit, onKeep: () -> Unit, modifier: Modifier = Modifier) {
    Question(
        onDismissRequest = onKeep,
        modifier = modifier,
        title = { Text(text = stringResource(R.string.set_aside_drop_question)) },
        text = { Text(text = stringResource(R.string.set_aside_drop_meaning)) },
        confirmButton = { TextButton(onClick = onDrop) { Text(text = stringResource(R.string.set_aside_drop)) } },
        dismissButton = { TextButton(onClick = onKeep) { Text(text = stringResource(R.string.cancel)) } },
    )
}

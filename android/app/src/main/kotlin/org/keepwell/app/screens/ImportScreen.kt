package org.keepwell.app.screens

import android.text.format.Formatter
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SecretField
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.clinicalDate
import org.keepwell.app.ui.dayAndTime
import org.keepwell.app.ui.label
import org.keepwell.wallet.model.FoundPerson
import org.keepwell.wallet.model.ImportNotice
import org.keepwell.wallet.model.ImportReport
import org.keepwell.wallet.model.LinkPreview
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.ImportEvent
import org.keepwell.wallet.screen.ImportState
import org.keepwell.wallet.screen.ImportStep

/** A file or a link from outside: asked about, read, and what came of it. */
@Composable
fun ImportScreen(state: ImportState, onLock: () -> Unit, onEvent: (ImportEvent) -> Unit, modifier: Modifier = Modifier) {
    when (state.step) {
        ImportStep.ASK -> Question(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        ImportStep.READING -> Reading(state = state, onEvent = onEvent, modifier = modifier)
        ImportStep.WHO_IS_IT -> WhoIsIt(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        ImportStep.REPORT -> Report(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun Question(state: ImportState, onLock: () -> Unit, onEvent: (ImportEvent) -> Unit, modifier: Modifier = Modifier) {
    val isLink = state.fileName == null
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ImportEvent.Cancel) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                if (!isLink || state.link != null) {
                    MainButton(
                        text = stringResource(R.string.import_accept),
                        onClick = { onEvent(ImportEvent.Accept) },
                        isEnabled = state.canAccept,
                    )
                }
                OtherButton(text = stringResource(R.string.cancel), onClick = { onEvent(ImportEvent.Cancel) })
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(if (isLink) R.string.link_question else R.string.import_question)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        state.fileName?.takeIf { it.isNotBlank() }?.let { name ->
            item {
                InfoCard {
                    Text(text = name, style = MaterialTheme.typography.bodyLarge)
                    state.size?.let { SecondaryText(text = Formatter.formatFileSize(LocalContext.current, it)) }
                }
            }
        }
        state.link?.let { link -> item { SaidOfLink(link = link, isOver = state.isLinkOver) } }
        if (!isLink || state.link != null) {
            item { Text(text = stringResource(if (isLink) R.string.link_body else R.string.import_body), style = MaterialTheme.typography.bodyLarge) }
        }
        if (state.link?.needsPasscode == true) {
            item {
                SecretField(
                    text = state.passcode,
                    label = stringResource(R.string.link_passcode_field),
                    tag = "passcode",
                    lines = 1,
                    isWrong = state.problem is Problem.WrongPasscode,
                    onChange = { onEvent(ImportEvent.TypePasscode(it)) },
                )
            }
            item { SecondaryText(text = stringResource(R.string.link_passcode_body)) }
        }
    }
}

/** What a link says of itself. */
@Composable
private fun SaidOfLink(link: LinkPreview, isOver: Boolean, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        LabeledText(label = stringResource(R.string.link_from), text = link.server)
        link.label?.let { LabeledText(label = stringResource(R.string.link_named), text = it) }
        link.expires?.let { expires ->
            if (isOver) {
                SecondaryText(text = stringResource(R.string.link_over, dayAndTime(expires)))
            } else {
                LabeledText(label = stringResource(R.string.link_until), text = dayAndTime(expires))
            }
        }
    }
}

@Composable
private fun Reading(state: ImportState, onEvent: (ImportEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        bottomBar = { BottomBar { OtherButton(text = stringResource(R.string.stop), onClick = { onEvent(ImportEvent.Cancel) }) } },
    ) {
        val share = state.share
        val isFetching = state.fileName == null && state.size == null
        item { ScreenTitle(text = stringResource(if (isFetching) R.string.link_fetching else R.string.import_reading)) }
        if (share == null || share == 0f) {
            item { BusyIndicator() }
        } else {
            item { LinearProgressIndicator(progress = { share }, modifier = Modifier.fillMaxWidth()) }
            item { SecondaryText(text = stringResource(R.string.import_percent, (share * 100).toInt())) }
        }
    }
}

@Composable
private fun WhoIsIt(state: ImportState, onLock: () -> Unit, onEvent: (ImportEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ImportEvent.Cancel) },
        onLock = onLock,
        bottomBar = {
            BottomBar { OtherButton(text = stringResource(R.string.import_who_none), onClick = { onEvent(ImportEvent.Cancel) }) }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.import_who_title)) }
        item { SecondaryText(text = stringResource(R.string.import_who_body)) }
        items(count = state.people.size, key = { state.people[it].number }) { index ->
            val person = state.people[index]
            LinkCard(
                title = person.name ?: stringResource(R.string.import_person_unnamed),
                onClick = { onEvent(ImportEvent.Choose(person.number)) },
                detail = detail(person),
            )
        }
    }
}

@Composable
private fun detail(person: FoundPerson): String = listOfNotNull(
    person.birthDate?.let { stringResource(R.string.import_person_born, clinicalDate(it)) },
    if (person.isOwner) stringResource(R.string.import_person_known) else null,
).joinToString("\n")

@Composable
private fun Report(state: ImportState, onLock: () -> Unit, onEvent: (ImportEvent) -> Unit, modifier: Modifier = Modifier) {
    val report = state.report ?: return
    val undone = state.undone
    ScreenFrame(
        modifier = modifier,
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(text = stringResource(R.string.repeat_pin_action), onClick = { onEvent(ImportEvent.Cancel) })
                if (report.id != null && undone == null) {
                    OtherButton(text = stringResource(R.string.undo_action), onClick = { onEvent(ImportEvent.AskUndo) }, isEnabled = !state.isBusy)
                }
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.import_done)) }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        if (undone != null) {
            val count = undone.removed.toInt()
            item { Notice(text = pluralStringResource(R.plurals.undo_done, count, count), tone = Tone.INFO) }
        } else {
            item { ImportCounts(report = report) }
        }
        if (report.setAside.isNotEmpty()) item { SetAsideCounts(report = report) }
        report.notices.forEach { notice -> item { Notice(text = message(notice), tone = Tone.WARNING) } }
        if (state.isBusy) item { BusyIndicator() }
    }
    state.undoing?.let { UndoQuestion(reach = it, onUndo = { onEvent(ImportEvent.Undo) }, onKeep = { onEvent(ImportEvent.KeepAll) }) }
}

/** What is new by an import. */
@Composable
internal fun ImportCounts(report: ImportReport, modifier: Modifier = Modifier) {
    val lines = listOf(
        report.added to R.plurals.import_added,
        report.updated to R.plurals.import_updated,
        report.known to R.plurals.import_unchanged,
        report.ofOthers to R.plurals.import_kept_out,
    ).filter { (count, _) -> count > 0 }
    InfoCard(modifier = modifier) {
        if (report.added + report.updated == 0L) Text(text = stringResource(R.string.import_nothing))
        lines.forEach { (count, text) -> Text(text = pluralStringResource(text, count.toInt(), count.toInt())) }
    }
}

/** What of an import could not be read. */
@Composable
internal fun SetAsideCounts(report: ImportReport, modifier: Modifier = Modifier) {
    val count = report.setAside.size
    Notice(text = pluralStringResource(R.plurals.import_set_aside, count, count), tone = Tone.INFO, modifier = modifier) {
        report.setAside.distinct().forEach { IconText(icon = R.drawable.ic_info, text = label(it)) }
    }
}

@Composable
private fun message(notice: ImportNotice): String = when (notice) {
    is ImportNotice.Said -> stringResource(R.string.import_said, notice.text)
    ImportNotice.PageMissing -> stringResource(R.string.import_incomplete)
    ImportNotice.OldForm -> stringResource(R.string.import_old_form)
}

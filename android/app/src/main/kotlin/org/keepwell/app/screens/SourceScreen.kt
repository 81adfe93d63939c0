package org.keepwell.app.screens

import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.Question
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.kinds
import org.keepwell.wallet.model.MissingReason
import org.keepwell.wallet.model.MissingRecords
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.screen.SourceEvent
import org.keepwell.wallet.screen.SourceState
import org.keepwell.wallet.screen.SourceStep

/** A clinic whose records come from its server: what it gives, its records being fetched, what came of that, and letting it go. */
@Composable
fun SourceScreen(state: SourceState, onLock: () -> Unit, onEvent: (SourceEvent) -> Unit, modifier: Modifier = Modifier) {
    when (state.step) {
        SourceStep.SHOWN, SourceStep.FETCHED -> Shown(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        SourceStep.FETCHING -> Fetching(state = state, onEvent = onEvent, modifier = modifier)
        SourceStep.REMOVED -> ScreenFrame(
            modifier = modifier,
            onLock = onLock,
            bottomBar = { BottomBar { MainButton(text = stringResource(R.string.done), onClick = { onEvent(SourceEvent.Leave) }) } },
        ) {
            item { ScreenTitle(text = stringResource(R.string.source_removed)) }
            item {
                Text(
                    text = stringResource(if (state.isTold) R.string.source_removed_body else R.string.source_removed_untold),
                    style = MaterialTheme.typography.bodyLarge,
                )
            }
        }
    }
}

@Composable
private fun Shown(state: SourceState, onLock: () -> Unit, onEvent: (SourceEvent) -> Unit, modifier: Modifier = Modifier) {
    val source = state.source
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(SourceEvent.Leave) },
        onLock = onLock,
        bottomBar = {
            if (source != null) {
                BottomBar {
                    val signsIn = source.needsSignIn
                    MainButton(
                        text = stringResource(if (signsIn) R.string.source_sign_in else R.string.source_fetch),
                        onClick = { onEvent(if (signsIn) SourceEvent.SignIn else SourceEvent.Fetch) },
                        isEnabled = !state.isBusy,
                    )
                }
            }
        },
    ) {
        item { ScreenTitle(text = source?.name ?: stringResource(R.string.sources_title)) }
        if (state.isBusy) item { BusyIndicator() }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(SourceEvent.Retry) }.takeIf { source == null }) }
        }
        if (state.step == SourceStep.FETCHED) fetched(state)
        if (source != null) given(source, isAgain = state.problem == null)
        if (source != null) {
            item {
                QuietButton(
                    text = stringResource(R.string.source_remove),
                    onClick = { onEvent(SourceEvent.AskRemove) },
                    isEnabled = !state.isBusy,
                )
            }
        }
    }
    if (state.isAskingToRemove) RemoveQuestion(onRemove = { onEvent(SourceEvent.Remove) }, onKeep = { onEvent(SourceEvent.Keep) })
}

/** What came of fetching. */
private fun LazyListScope.fetched(state: SourceState) {
    state.report?.let { report ->
        item { ImportCounts(report = report) }
        if (report.setAside.isNotEmpty()) item { SetAsideCounts(report = report) }
    }
    items(count = MissingReason.entries.size) { index ->
        val reason = MissingReason.entries[index]
        val missing = state.missing.filter { it.reason == reason }
        // In parts is how this clinic gives it, each time: nothing went wrong.
        val tone = if (reason == MissingReason.IN_PARTS) Tone.INFO else Tone.WARNING
        if (missing.isNotEmpty()) Notice(text = message(reason, missing), tone = tone)
    }
}

/** What a clinic gives and what not; where [isAgain], that it wants the patient to sign in again. */
private fun LazyListScope.given(source: Source, isAgain: Boolean) {
    if (source.needsSignIn) {
        if (isAgain) item { Notice(text = stringResource(R.string.problem_signed_out), tone = Tone.WARNING) }
    } else {
        item { SecondaryText(text = standing(source)) }
    }
    source.expires?.let { expires -> item { SecondaryText(text = stringResource(R.string.source_until, day(expires))) } }
    val given = kinds(source.given)
    // Where it gives some of a kind only, the kind stands with what it gives.
    val withheld = kinds(source.withheld) - given.toSet()
    item { SectionHeading(text = stringResource(R.string.source_gives)) }
    item { Kinds(kinds = given) }
    if (withheld.isNotEmpty()) {
        item { SectionHeading(text = stringResource(R.string.source_withholds)) }
        item { Kinds(kinds = withheld) }
    }
}

@Composable
private fun Kinds(kinds: List<Int>, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) { kinds.forEach { Text(text = stringResource(it)) } }
}

@Composable
private fun Fetching(state: SourceState, onEvent: (SourceEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        bottomBar = { BottomBar { OtherButton(text = stringResource(R.string.stop), onClick = { onEvent(SourceEvent.Stop) }) } },
    ) {
        item { ScreenTitle(text = stringResource(R.string.source_fetching)) }
        item { BusyIndicator() }
        state.fetching?.let { type ->
            item { SecondaryText(text = stringResource(R.string.source_fetching_now, stringResource(kinds(listOf(type)).single()))) }
        }
    }
}

@Composable
private fun RemoveQuestion(onRemove: () -> Unit, onKeep: () -> Unit, modifier: Modifier = Modifier) {
    Question(
        onDismissRequest = onKeep,
        modifier = modifier,
        title = { Text(text = stringResource(R.string.source_remove_question)) },
        text = { Text(text = stringResource(R.string.source_remove_meaning)) },
        confirmButton = { TextButton(onClick = onRemove) { Text(text = stringResource(R.string.source_remove_action)) } },
        dismissButton = { TextButton(onClick = onKeep) { Text(text = stringResource(R.string.cancel)) } },
    )
}

@Composable
private fun message(reason: MissingReason, missing: List<MissingRecords>): String {
    val text = when (reason) {
        MissingReason.REFUSED -> R.string.source_missing_refused
        MissingReason.LATER -> R.string.source_missing_later
        MissingReason.UNUSABLE -> R.string.source_missing_unusable
        MissingReason.IN_PARTS -> R.string.source_missing_in_parts
        MissingReason.SIGNED_OUT -> R.string.source_missing_signed_out
    }
    return stringResource(text, kinds(missing.map { it.type }).map { stringResource(it) }.joinToString())
}

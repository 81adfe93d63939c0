package org.keepwell.app.screens

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.text.font.FontFamily
import androidx.compose.ui.text.style.TextDirection
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.Busy
import org.keepwell.app.ui.Card
import org.keepwell.app.ui.Frame
import org.keepwell.app.ui.Heading
import org.keepwell.app.ui.Line
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Pair
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.Quiet
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.SwitchRow
import org.keepwell.app.ui.TickRow
import org.keepwell.app.ui.Title
import org.keepwell.app.ui.day
import org.keepwell.app.ui.recordCount
import org.keepwell.app.ui.words
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.screen.GrantModel
import org.keepwell.wallet.screen.GrantScreenEvent
import org.keepwell.wallet.screen.GrantScreenState
import org.keepwell.wallet.screen.GrantStep
import org.keepwell.wallet.screen.PinEvent

/** Granting to one clinic: the terms, what they would see, the PIN, and the match code. */
@Composable
fun GrantScreen(state: GrantScreenState, onLock: () -> Unit, onRecover: () -> Unit, onEvent: (GrantScreenEvent) -> Unit) {
    when (state.step) {
        GrantStep.TERMS -> Terms(state, onLock, onEvent)
        GrantStep.REVIEW -> Review(state, onLock, onEvent)
        GrantStep.CONFIRM -> PinScreen(
            stringResource(R.string.confirm_title),
            stringResource(R.string.confirm_body, state.clinic?.name.orEmpty(), words(state.draft.duration)),
            stringResource(R.string.confirm_action),
            state.pin,
            { onEvent(GrantScreenEvent.Back) },
            onRecover,
        ) { event: PinEvent -> onEvent(GrantScreenEvent.Pin(event)) }
        GrantStep.GRANTED -> Granted(state, onEvent)
    }
}

@Composable
private fun Terms(state: GrantScreenState, onLock: () -> Unit, onEvent: (GrantScreenEvent) -> Unit) {
    Frame(
        { onEvent(GrantScreenEvent.Back) },
        onLock,
        { BottomBar { MainButton(stringResource(R.string.terms_next), state.canReview) { onEvent(GrantScreenEvent.Review) } } },
    ) {
        val clinic = state.clinic
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(GrantScreenEvent.Retry) } } }
        if (clinic == null) {
            if (state.problem == null) item { Busy() }
            return@Frame
        }
        item { Title(stringResource(R.string.terms_title, clinic.name), stringResource(R.string.step, 2)) }
        state.blocked?.let { problem ->
            item { ProblemNotice(problem) }
            return@Frame
        }
        item {
            Card {
                clinic.place?.let { Text(it, style = MaterialTheme.typography.bodyLarge) }
                Line(R.drawable.ic_check, stringResource(R.string.clinic_proved), MaterialTheme.colorScheme.primary)
            }
        }
        item { Heading(stringResource(R.string.terms_categories)) }
        item {
            Card {
                state.counts.forEach { (category, count) ->
                    TickRow(words(category), count.toString(), category in state.draft.categories) { onEvent(GrantScreenEvent.Toggle(category)) }
                }
            }
        }
        item { Heading(stringResource(R.string.terms_duration)) }
        item {
            Card {
                Column(Modifier.selectableGroup()) {
                    GrantModel.DURATIONS.forEach { duration ->
                        RadioRow(words(duration), null, duration == state.draft.duration) { onEvent(GrantScreenEvent.ChooseDuration(duration)) }
                    }
                }
            }
        }
        item { Heading(stringResource(R.string.terms_purpose)) }
        item {
            Card {
                Column(Modifier.selectableGroup()) {
                    Purpose.entries.forEach { purpose ->
                        RadioRow(words(purpose), null, purpose == state.draft.purpose) { onEvent(GrantScreenEvent.ChoosePurpose(purpose)) }
                    }
                }
            }
        }
        item { Card { SwitchRow(stringResource(R.string.terms_named), state.draft.isNamed) { onEvent(GrantScreenEvent.TellName(it)) } } }
    }
}

@Composable
private fun Review(state: GrantScreenState, onLock: () -> Unit, onEvent: (GrantScreenEvent) -> Unit) {
    Frame(
        { onEvent(GrantScreenEvent.Back) },
        onLock,
        { BottomBar { MainButton(stringResource(R.string.review_confirm), state.canConfirm) { onEvent(GrantScreenEvent.Confirm) } } },
    ) {
        item { Title(stringResource(R.string.review_title), stringResource(R.string.step, 3)) }
        (state.blocked ?: state.problem)?.let { problem -> item { ProblemNotice(problem) { onEvent(GrantScreenEvent.Retry) } } }
        val preview = state.preview
        val clinic = state.clinic
        if (preview == null || clinic == null) {
            if (state.problem == null && state.blocked == null) item { Busy() }
            return@Frame
        }
        item { Heading(stringResource(R.string.review_sees, clinic.name)) }
        item {
            Card {
                if (preview.seen.isEmpty()) Quiet(stringResource(R.string.review_nothing))
                preview.seen.forEach { (category, count) -> Pair(words(category), recordCount(count)) }
                if (preview.hidden > 0) {
                    Line(R.drawable.ic_hidden, pluralStringResource(R.plurals.review_hidden, preview.hidden.toInt(), preview.hidden.toInt()))
                }
            }
        }
        item {
            Card {
                Pair(stringResource(R.string.review_time), words(state.draft.duration))
                Pair(stringResource(R.string.review_purpose), words(state.draft.purpose))
            }
        }
        item {
            Card {
                Line(R.drawable.ic_info, stringResource(R.string.review_new))
                Line(R.drawable.ic_info, stringResource(R.string.review_end))
                Line(R.drawable.ic_info, stringResource(if (state.draft.isNamed) R.string.review_named else R.string.review_unnamed))
            }
        }
    }
}

@Composable
private fun Granted(state: GrantScreenState, onEvent: (GrantScreenEvent) -> Unit) {
    Frame(bottom = { BottomBar { MainButton(stringResource(R.string.granted_done)) { onEvent(GrantScreenEvent.Finish) } } }) {
        val grant = state.granted ?: return@Frame
        item { Title(stringResource(R.string.granted_title), grant.clinic) }
        item {
            Card {
                MatchCode(grant.matchCode, large = true)
                Text(stringResource(R.string.granted_body), style = MaterialTheme.typography.bodyMedium)
            }
        }
        item { Quiet(stringResource(R.string.access_until, day(grant.notAfter))) }
    }
}

/** Six digits that both screens show; screen readers say them one by one. */
@Composable
fun MatchCode(code: Int, large: Boolean = false) {
    val name = stringResource(R.string.match_code)
    val digits = "%06d".format(code)
    Column(Modifier.clearAndSetSemantics { contentDescription = name + " " + digits.toList().joinToString(" ") }) {
        Text(name, style = MaterialTheme.typography.labelLarge, color = MaterialTheme.colorScheme.onSurfaceVariant)
        Text(
            digits.take(3) + " " + digits.drop(3),
            // The same on both screens: left to right in every language.
            style = (if (large) MaterialTheme.typography.displayMedium else MaterialTheme.typography.titleLarge).copy(textDirection = TextDirection.Ltr),
            fontFamily = FontFamily.Monospace,
        )
    }
}

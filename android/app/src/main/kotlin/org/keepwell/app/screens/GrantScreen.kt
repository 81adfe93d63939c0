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
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.SwitchRow
import org.keepwell.app.ui.TickRow
import org.keepwell.app.ui.day
import org.keepwell.app.ui.label
import org.keepwell.app.ui.recordCount
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
        GrantStep.TERMS -> TermsStep(state, onLock, onEvent)
        GrantStep.REVIEW -> ReviewStep(state, onLock, onEvent)
        GrantStep.CONFIRM -> PinScreen(
            stringResource(R.string.confirm_title),
            stringResource(R.string.confirm_body, state.clinic?.name.orEmpty(), label(state.draft.duration)),
            stringResource(R.string.confirm_action),
            state.pin,
            { onEvent(GrantScreenEvent.Back) },
            onRecover,
        ) { event: PinEvent -> onEvent(GrantScreenEvent.Pin(event)) }
        GrantStep.GRANTED -> GrantedStep(state, onEvent)
    }
}

@Composable
private fun TermsStep(state: GrantScreenState, onLock: () -> Unit, onEvent: (GrantScreenEvent) -> Unit) {
    ScreenFrame(
        { onEvent(GrantScreenEvent.Back) },
        onLock,
        { BottomBar { MainButton(stringResource(R.string.terms_next), state.canReview) { onEvent(GrantScreenEvent.Review) } } },
    ) {
        val clinic = state.clinic
        state.problem?.let { problem -> item { ProblemNotice(problem) { onEvent(GrantScreenEvent.Retry) } } }
        if (clinic == null) {
            if (state.problem == null) item { BusyIndicator() }
            return@ScreenFrame
        }
        item { ScreenTitle(stringResource(R.string.terms_title, clinic.name), stringResource(R.string.step, 2)) }
        state.blocked?.let { problem ->
            item { ProblemNotice(problem) }
            return@ScreenFrame
        }
        item {
            InfoCard {
                clinic.place?.let { Text(it, style = MaterialTheme.typography.bodyLarge) }
                IconText(R.drawable.ic_check, stringResource(R.string.clinic_proved), MaterialTheme.colorScheme.primary)
            }
        }
        item { SectionHeading(stringResource(R.string.terms_categories)) }
        item {
            InfoCard {
                state.counts.forEach { (category, count) ->
                    TickRow(label(category), count.toString(), category in state.draft.categories) { onEvent(GrantScreenEvent.Toggle(category)) }
                }
            }
        }
        item { SectionHeading(stringResource(R.string.terms_duration)) }
        item {
            InfoCard {
                Column(Modifier.selectableGroup()) {
                    GrantModel.DURATIONS.forEach { duration ->
                        RadioRow(label(duration), null, duration == state.draft.duration) { onEvent(GrantScreenEvent.ChooseDuration(duration)) }
                    }
                }
            }
        }
        item { SectionHeading(stringResource(R.string.terms_purpose)) }
        item {
            InfoCard {
                Column(Modifier.selectableGroup()) {
                    Purpose.entries.forEach { purpose ->
                        RadioRow(label(purpose), null, purpose == state.draft.purpose) { onEvent(GrantScreenEvent.ChoosePurpose(purpose)) }
                    }
                }
            }
        }
        item { InfoCard { SwitchRow(stringResource(R.string.terms_named), state.draft.isNamed) { onEvent(GrantScreenEvent.TellName(it)) } } }
    }
}

@Composable
private fun ReviewStep(state: GrantScreenState, onLock: () -> Unit, onEvent: (GrantScreenEvent) -> Unit) {
    ScreenFrame(
        { onEvent(GrantScreenEvent.Back) },
        onLock,
        { BottomBar { MainButton(stringResource(R.string.review_confirm), state.canConfirm) { onEvent(GrantScreenEvent.Confirm) } } },
    ) {
        item { ScreenTitle(stringResource(R.string.review_title), stringResource(R.string.step, 3)) }
        (state.blocked ?: state.problem)?.let { problem -> item { ProblemNotice(problem) { onEvent(GrantScreenEvent.Retry) } } }
        val preview = state.preview
        val clinic = state.clinic
        if (preview == null || clinic == null) {
            if (state.problem == null && state.blocked == null) item { BusyIndicator() }
            return@ScreenFrame
        }
        item { SectionHeading(stringResource(R.string.review_sees, clinic.name)) }
        item {
            InfoCard {
                if (preview.seen.isEmpty()) SecondaryText(stringResource(R.string.review_nothing))
                preview.seen.forEach { (category, count) -> LabeledText(label(category), recordCount(count)) }
                if (preview.hidden > 0) {
                    IconText(R.drawable.ic_hidden, pluralStringResource(R.plurals.review_hidden, preview.hidden.toInt(), preview.hidden.toInt()))
                }
            }
        }
        item {
            InfoCard {
                LabeledText(stringResource(R.string.review_time), label(state.draft.duration))
                LabeledText(stringResource(R.string.review_purpose), label(state.draft.purpose))
            }
        }
        item {
            InfoCard {
                IconText(R.drawable.ic_info, stringResource(R.string.review_new))
                IconText(R.drawable.ic_info, stringResource(R.string.review_end))
                IconText(R.drawable.ic_info, stringResource(if (state.draft.isNamed) R.string.review_named else R.string.review_unnamed))
            }
        }
    }
}

@Composable
private fun GrantedStep(state: GrantScreenState, onEvent: (GrantScreenEvent) -> Unit) {
    ScreenFrame(bottom = { BottomBar { MainButton(stringResource(R.string.granted_done)) { onEvent(GrantScreenEvent.Finish) } } }) {
        val grant = state.granted ?: return@ScreenFrame
        item { ScreenTitle(stringResource(R.string.granted_title), grant.clinic) }
        item {
            InfoCard {
                MatchCode(grant.matchCode, large = true)
                Text(stringResource(R.string.granted_body), style = MaterialTheme.typography.bodyMedium)
            }
        }
        item { SecondaryText(stringResource(R.string.access_until, day(grant.notAfter))) }
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

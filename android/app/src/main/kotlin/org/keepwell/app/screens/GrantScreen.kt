package org.keepwell.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.CardLink
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.PreviewedRecords
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.SwitchRow
import org.keepwell.app.ui.TickRow
import org.keepwell.app.ui.counted
import org.keepwell.app.ui.label
import org.keepwell.wallet.navigation.GrantDraft
import org.keepwell.wallet.screen.GrantScreenEvent
import org.keepwell.wallet.screen.GrantScreenState
import org.keepwell.wallet.screen.GrantStep

/** Granting to one clinic: the terms, what they would see, and the PIN. */
@Composable
fun GrantScreen(
    state: GrantScreenState,
    onLock: () -> Unit,
    onRecover: () -> Unit,
    onEvent: (GrantScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    when (state.step) {
        GrantStep.TERMS -> TermsStep(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        GrantStep.REVIEW -> ReviewStep(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        GrantStep.CONFIRM -> PinScreen(
            title = stringResource(R.string.confirm_title),
            body = stringResource(R.string.confirm_body, state.clinic?.name.orEmpty(), label(state.draft.duration)),
            action = stringResource(R.string.confirm_action),
            state = state.pin,
            onBack = { onEvent(GrantScreenEvent.Back) },
            onRecover = onRecover,
            onEvent = { onEvent(GrantScreenEvent.Pin(it)) },
            modifier = modifier,
        ) { Terms(draft = state.draft) }
        GrantStep.REFUSED -> RefusedStep(onLock = onLock, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun TermsStep(
    state: GrantScreenState,
    onLock: () -> Unit,
    onEvent: (GrantScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(GrantScreenEvent.Back) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.terms_next),
                    onClick = { onEvent(GrantScreenEvent.Review) },
                    isEnabled = state.canReview,
                )
                if (state.draft.asked != null) {
                    OtherButton(text = stringResource(R.string.asked_refuse), onClick = { onEvent(GrantScreenEvent.Refuse) })
                }
            }
        },
    ) {
        val clinic = state.clinic
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(GrantScreenEvent.Retry) }) }
        }
        if (clinic == null) {
            if (state.problem == null) item { BusyIndicator() }
            return@ScreenFrame
        }
        item {
            ScreenTitle(text = stringResource(R.string.terms_title, clinic.name), above = stringResource(R.string.step, 2))
        }
        state.blocked?.let { problem ->
            item { ProblemNotice(problem = problem) }
            return@ScreenFrame
        }
        item {
            InfoCard {
                clinic.place?.let { Text(text = it, style = MaterialTheme.typography.bodyLarge) }
                IconText(
                    icon = R.drawable.ic_check,
                    text = stringResource(R.string.clinic_proved),
                    tint = MaterialTheme.colorScheme.primary,
                )
                CardLink(title = stringResource(R.string.clinic_about), onClick = { onEvent(GrantScreenEvent.OpenClinic) })
            }
        }
        if (state.draft.asked != null) item { SecondaryText(text = stringResource(R.string.terms_asked, clinic.name)) }
        item { SectionHeading(text = stringResource(R.string.terms_categories)) }
        item {
            InfoCard {
                state.categories.forEach { (category, count) ->
                    TickRow(
                        text = label(category),
                        isTicked = category in state.draft.categories,
                        onToggle = { onEvent(GrantScreenEvent.Toggle(category)) },
                        trailing = count.toString(),
                    )
                }
            }
        }
        item { SectionHeading(text = stringResource(R.string.terms_duration)) }
        item {
            InfoCard {
                Column(modifier = Modifier.selectableGroup()) {
                    state.durations.forEach { duration ->
                        RadioRow(
                            text = label(duration),
                            isChosen = duration == state.draft.duration,
                            onChoose = { onEvent(GrantScreenEvent.ChooseDuration(duration)) },
                        )
                    }
                }
            }
        }
        item { SectionHeading(text = stringResource(R.string.terms_purpose)) }
        item {
            InfoCard {
                Column(modifier = Modifier.selectableGroup()) {
                    state.purposes.forEach { purpose ->
                        RadioRow(
                            text = label(purpose),
                            isChosen = purpose == state.draft.purpose,
                            onChoose = { onEvent(GrantScreenEvent.ChoosePurpose(purpose)) },
                        )
                    }
                }
            }
        }
        item {
            InfoCard {
                SwitchRow(
                    text = stringResource(R.string.terms_named),
                    isOn = state.draft.isNamed,
                    onChange = { onEvent(GrantScreenEvent.TellName(it)) },
                )
            }
        }
    }
}

@Composable
private fun ReviewStep(
    state: GrantScreenState,
    onLock: () -> Unit,
    onEvent: (GrantScreenEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(GrantScreenEvent.Back) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.review_confirm),
                    onClick = { onEvent(GrantScreenEvent.Confirm) },
                    isEnabled = state.canConfirm,
                )
            }
        },
    ) {
        item {
            ScreenTitle(text = stringResource(R.string.review_title), above = stringResource(R.string.step, 3))
        }
        (state.blocked ?: state.problem)?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(GrantScreenEvent.Retry) }) }
        }
        val preview = state.preview
        val clinic = state.clinic
        if (preview == null || clinic == null) {
            if (state.problem == null && state.blocked == null) item { BusyIndicator() }
            return@ScreenFrame
        }
        item { InfoCard { Terms(draft = state.draft) } }
        item { SectionHeading(text = stringResource(R.string.review_sees, clinic.name)) }
        if (preview.seen.isEmpty()) item { SecondaryText(text = stringResource(R.string.review_nothing)) }
        items(count = preview.seen.size, key = { preview.seen[it].category.stableName }) { PreviewedRecords(previewed = preview.seen[it]) }
        item {
            InfoCard {
                if (preview.along > 0) {
                    IconText(icon = R.drawable.ic_info, text = counted(R.plurals.review_along, preview.along))
                }
                if (preview.hidden > 0) {
                    IconText(icon = R.drawable.ic_hidden, text = counted(R.plurals.review_hidden, preview.hidden))
                }
                IconText(icon = R.drawable.ic_info, text = stringResource(R.string.review_new))
                IconText(icon = R.drawable.ic_info, text = stringResource(R.string.review_end))
            }
        }
    }
}

/** What is consented to beside the records: for how long, what for, and whether the clinic learns the name. */
@Composable
private fun Terms(draft: GrantDraft, modifier: Modifier = Modifier) {
    Column(modifier = modifier, verticalArrangement = Arrangement.spacedBy(8.dp)) {
        LabeledText(label = stringResource(R.string.terms_duration), text = label(draft.duration))
        LabeledText(label = stringResource(R.string.terms_purpose), text = label(draft.purpose))
        IconText(
            icon = R.drawable.ic_info,
            text = stringResource(if (draft.isNamed) R.string.review_named else R.string.review_unnamed),
        )
    }
}

@Composable
private fun RefusedStep(onLock: () -> Unit, onEvent: (GrantScreenEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(GrantScreenEvent.Back) },
        onLock = onLock,
        bottomBar = {
            BottomBar { MainButton(text = stringResource(R.string.done), onClick = { onEvent(GrantScreenEvent.Back) }) }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.asked_refused_title)) }
        item { Text(text = stringResource(R.string.asked_refused_body), style = MaterialTheme.typography.bodyLarge) }
    }
}

package org.keepwell.app.screens

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.PreviewedRecords
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.counted
import org.keepwell.app.ui.day
import org.keepwell.app.ui.grantLabel
import org.keepwell.app.ui.label
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.screen.ExtendEvent
import org.keepwell.wallet.screen.ExtendState
import org.keepwell.wallet.screen.ExtendStep

/** Making an access longer: for how long, what they would see, and the PIN. */
@Composable
fun ExtendScreen(
    state: ExtendState,
    onLock: () -> Unit,
    onRecover: () -> Unit,
    onEvent: (ExtendEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    when (state.step) {
        ExtendStep.CHOOSE -> ChooseStep(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        ExtendStep.REVIEW -> ExtendReview(state = state, onLock = onLock, onEvent = onEvent, modifier = modifier)
        ExtendStep.CONFIRM -> PinScreen(
            title = stringResource(R.string.confirm_title),
            body = stringResource(R.string.confirm_body, state.clinic?.name.orEmpty(), state.duration?.let { label(it) }.orEmpty()),
            action = stringResource(R.string.extend_action),
            state = state.pin,
            onBack = { onEvent(ExtendEvent.Back) },
            onRecover = onRecover,
            onEvent = { onEvent(ExtendEvent.Pin(it)) },
            modifier = modifier,
        ) { Terms(state = state) }
    }
}

@Composable
private fun ChooseStep(state: ExtendState, onLock: () -> Unit, onEvent: (ExtendEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ExtendEvent.Back) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                if (state.hasEnded) {
                    MainButton(text = stringResource(R.string.clinic_about), onClick = { onEvent(ExtendEvent.OpenClinic) })
                } else {
                    MainButton(
                        text = stringResource(R.string.terms_next),
                        onClick = { onEvent(ExtendEvent.Review) },
                        isEnabled = state.canReview,
                    )
                }
            }
        },
    ) {
        val grant = state.grant
        if (grant != null && state.hasEnded) {
            item { ScreenTitle(text = stringResource(R.string.granted_over_title), above = grant.clinicName) }
            item { SecondaryText(text = grantLabel(grant)) }
            return@ScreenFrame
        }
        (state.blocked ?: state.problem)?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(ExtendEvent.Retry) }.takeIf { state.blocked == null }) }
        }
        if (grant != null) {
            item { ScreenTitle(text = stringResource(R.string.extend_title, grant.clinicName)) }
            item { SecondaryText(text = stringResource(R.string.extend_now, day(grant.notAfter))) }
        }
        if (state.clinic == null || grant == null) {
            if (state.problem == null) item { BusyIndicator() }
            return@ScreenFrame
        }
        if (state.isLongest) item { SecondaryText(text = stringResource(R.string.extend_longest)) }
        if (state.blocked != null || state.durations.isEmpty()) return@ScreenFrame
        item { SectionHeading(text = stringResource(R.string.extend_duration)) }
        item {
            InfoCard {
                Column(modifier = Modifier.selectableGroup()) {
                    state.durations.forEach { duration ->
                        RadioRow(
                            text = label(duration),
                            isChosen = duration == state.duration,
                            onChoose = { onEvent(ExtendEvent.ChooseDuration(duration)) },
                        )
                    }
                }
            }
        }
    }
}

@Composable
private fun ExtendReview(state: ExtendState, onLock: () -> Unit, onEvent: (ExtendEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onBack = { onEvent(ExtendEvent.Back) },
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.review_confirm),
                    onClick = { onEvent(ExtendEvent.Confirm) },
                    isEnabled = state.canConfirm,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.review_title), above = state.grant?.clinicName) }
        (state.blocked ?: state.problem)?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(ExtendEvent.Retry) }) }
        }
        val preview = state.preview
        val grant = state.grant
        if (preview == null || grant == null) {
            if (state.problem == null && state.blocked == null) item { BusyIndicator() }
            return@ScreenFrame
        }
        item { InfoCard { Terms(state = state) } }
        item { SectionHeading(text = stringResource(R.string.review_sees, grant.clinicName)) }
        if (preview.seen.isEmpty()) item { SecondaryText(text = stringResource(R.string.review_nothing)) }
        items(count = preview.seen.size, key = { preview.seen[it].category.stableName }) { PreviewedRecords(previewed = preview.seen[it]) }
        item { Meaning(grant = grant, preview = preview) }
    }
}

/** What is consented to beside the records: until when, and what for. */
@Composable
private fun Terms(state: ExtendState, modifier: Modifier = Modifier) {
    val grant = state.grant ?: return
    Column(modifier = modifier) {
        LabeledText(label = stringResource(R.string.terms_duration), text = state.until?.let { stringResource(R.string.access_until, day(it)) }.orEmpty())
        LabeledText(label = stringResource(R.string.terms_categories), text = grant.categories.map { label(it) }.joinToString(" · "))
        LabeledText(label = stringResource(R.string.terms_purpose), text = label(grant.purpose))
    }
}

@Composable
private fun Meaning(grant: Grant, preview: GrantPreview, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        if (preview.along > 0) {
            IconText(icon = R.drawable.ic_info, text = counted(R.plurals.review_along, preview.along))
        }
        if (preview.hidden > 0) {
            IconText(icon = R.drawable.ic_hidden, text = counted(R.plurals.review_hidden, preview.hidden))
        }
        IconText(icon = R.drawable.ic_info, text = stringResource(R.string.review_new))
        IconText(icon = R.drawable.ic_info, text = stringResource(R.string.extend_named))
        IconText(icon = R.drawable.ic_info, text = stringResource(R.string.extend_meaning, day(grant.notAfter)))
        IconText(icon = R.drawable.ic_info, text = stringResource(R.string.review_end))
    }
}

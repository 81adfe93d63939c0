package org.keepwell.app.screens

import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.MatchCode
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.NoticeButton
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.grantLabel
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.screen.GrantedEvent
import org.keepwell.wallet.screen.GrantedState

/** What became of a grant: given, or what is still missing; and the number that both screens show. */
@Composable
fun GrantedScreen(state: GrantedState, onLock: () -> Unit, onEvent: (GrantedEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        onLock = onLock,
        bottomBar = {
            BottomBar {
                OtherButton(text = stringResource(R.string.clinic_about), onClick = { onEvent(GrantedEvent.OpenClinic) }, isEnabled = state.grant != null)
                MainButton(text = stringResource(R.string.done), onClick = { onEvent(GrantedEvent.Finish) })
            }
        },
    ) {
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(GrantedEvent.Retry) }) }
        }
        val grant = state.grant
        if (grant == null) {
            if (state.problem == null) item { BusyIndicator() }
            return@ScreenFrame
        }
        item {
            ScreenTitle(
                text = stringResource(title(grant, isExtended = state.former != null)),
                modifier = Modifier.semantics { liveRegion = LiveRegionMode.Polite },
                above = grant.clinicName,
            )
        }
        if (state.isOffline) item { Notice(text = stringResource(R.string.granted_offline), tone = Tone.WARNING) }
        if (!grant.state.isInForce) {
            if (!grant.isStillOpen) item { SecondaryText(text = grantLabel(grant)) }
            state.former?.let { former -> formerItem(former, state, onEvent) }
            return@ScreenFrame
        }
        if (!grant.isGiven) item { Missing(grant = grant, former = state.former) }
        state.former?.let { former -> formerItem(former, state, onEvent) }
        item {
            InfoCard {
                MatchCode(code = grant.matchCode, isLarge = true)
                Text(text = stringResource(R.string.granted_body), style = MaterialTheme.typography.bodyMedium)
            }
        }
        item { SecondaryText(text = stringResource(R.string.access_until, day(grant.notAfter))) }
    }
}

private fun title(grant: Grant, isExtended: Boolean): Int = when {
    grant.isStillOpen -> R.string.grant_still_open
    !grant.state.isInForce -> R.string.granted_over_title
    grant.isGiven -> if (isExtended) R.string.extended_title else R.string.granted_title
    else -> R.string.granted_waiting
}

/** What became of the access that this one makes longer; nothing while both wait for the same. */
private fun LazyListScope.formerItem(former: Grant, state: GrantedState, onEvent: (GrantedEvent) -> Unit) = when {
    state.hasBoth -> item {
        Notice(text = stringResource(R.string.extended_both, day(former.notAfter)), tone = Tone.INFO) {
            NoticeButton(text = stringResource(R.string.extended_end_former), onClick = { onEvent(GrantedEvent.EndFormer) })
        }
    }
    state.hasOnlyFormer -> item {
        Notice(text = stringResource(R.string.extended_former_stands, day(former.notAfter)), tone = Tone.WARNING) {
            NoticeButton(text = stringResource(R.string.extended_end_former), onClick = { onEvent(GrantedEvent.EndFormer) })
        }
    }
    !former.state.isInForce -> item { LabeledText(label = stringResource(R.string.extended_former), text = grantLabel(former)) }
    else -> Unit
}

@Composable
private fun Missing(grant: Grant, former: Grant?, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        Step(isDone = grant.state == GrantState.ACTIVE, done = R.string.granted_confirmed, missing = R.string.grant_pending)
        Step(isDone = grant.delivered, done = R.string.granted_told, missing = R.string.grant_undelivered)
        Text(
            // One that was never given does not stand meanwhile: both wait for the same.
            text = if (former?.isGiven == true) {
                stringResource(R.string.extend_waiting, day(former.notAfter))
            } else {
                stringResource(R.string.granted_waiting_body, grant.clinicName)
            },
            style = MaterialTheme.typography.bodyMedium,
        )
    }
}

@Composable
private fun Step(isDone: Boolean, done: Int, missing: Int, modifier: Modifier = Modifier) {
    IconText(
        icon = if (isDone) R.drawable.ic_check else R.drawable.ic_log,
        text = stringResource(if (isDone) done else missing),
        modifier = modifier,
        tint = if (isDone) MaterialTheme.colorScheme.primary else MaterialTheme.colorScheme.onSurfaceVariant,
    )
}

package org.keepwell.app.screens

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.AlertDialog
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.NoticeButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.Tone
import org.keepwell.app.ui.day
import org.keepwell.app.ui.label
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.screen.AccessEvent
import org.keepwell.wallet.screen.AccessState

/** Who has access, and the way to end it; [onTellMe] is there where the person may yet allow to be told later. */
@Composable
fun AccessScreen(
    state: AccessState,
    onLock: () -> Unit,
    onEvent: (AccessEvent) -> Unit,
    modifier: Modifier = Modifier,
    onTellMe: (() -> Unit)? = null,
) {
    ScreenFrame(
        modifier = modifier,
        onLock = onLock,
        bottomBar = {
            BottomBar { MainButton(text = stringResource(R.string.access_new), onClick = { onEvent(AccessEvent.New) }) }
        },
    ) {
        item(key = "title") { ScreenTitle(text = stringResource(R.string.access_title)) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(AccessEvent.Retry) }) }
        }
        if (state.isOffline) item { OfflineNotice(isUnsent = state.unsent > 0, onTellMe = onTellMe) }
        if (state.openCodes > 0) {
            item(key = "codes") {
                LinkCard(
                    title = pluralStringResource(R.plurals.access_codes, state.openCodes, state.openCodes),
                    onClick = { onEvent(AccessEvent.OpenCodes) },
                )
            }
        }
        val open = state.open
        val ended = state.ended
        items(count = open.size, key = { open[it].id.hex }) { index ->
            OpenGrant(grant = open[index], onRevoke = { onEvent(AccessEvent.AskRevoke(open[index].id)) })
        }
        if (state.isLoading) item { BusyIndicator() }
        if (state.hasNobody) item { SecondaryText(text = stringResource(R.string.access_none)) }
        if (ended.isNotEmpty()) item(key = "ended") { SectionHeading(text = stringResource(R.string.access_ended)) }
        items(count = ended.size, key = { ended[it].id.hex }) { index -> EndedGrant(grant = ended[index]) }
    }
    state.asking?.let { RevokeDialog(grant = it, onEvent = onEvent) }
}

@Composable
private fun OfflineNotice(isUnsent: Boolean, onTellMe: (() -> Unit)?, modifier: Modifier = Modifier) {
    Notice(
        text = stringResource(if (isUnsent) R.string.access_queued else R.string.access_offline),
        tone = Tone.WARNING,
        modifier = modifier,
    ) {
        if (isUnsent && onTellMe != null) NoticeButton(text = stringResource(R.string.unsent_tell), onClick = onTellMe)
    }
}

@Composable
private fun OpenGrant(grant: Grant, onRevoke: () -> Unit, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        Text(
            text = grant.clinicName,
            modifier = Modifier.semantics { heading() },
            style = MaterialTheme.typography.titleMedium,
        )
        GrantStanding(grant = grant)
        Text(
            text = grant.categories.map { label(it) }.joinToString(" · "),
            style = MaterialTheme.typography.bodyMedium,
        )
        SecondaryText(
            text = label(grant.purpose) + " · " + stringResource(R.string.access_until, day(grant.notAfter)),
        )
        if (!grant.isStillOpen) {
            MatchCode(code = grant.matchCode)
            QuietButton(
                text = stringResource(R.string.access_revoke),
                onClick = onRevoke,
                description = stringResource(R.string.access_revoke_of, grant.clinicName),
            )
        }
    }
}

/** That access is given, or what is still missing. */
@Composable
private fun GrantStanding(grant: Grant, modifier: Modifier = Modifier) {
    val colors = MaterialTheme.colorScheme
    Column(modifier = modifier, verticalArrangement = Arrangement.spacedBy(8.dp)) {
        if (grant.isStillOpen) IconText(icon = R.drawable.ic_warning, text = grantLabel(grant), tint = colors.error)
        if (grant.isGiven) IconText(icon = R.drawable.ic_check, text = grantLabel(grant), tint = colors.primary)
        if (grant.state == GrantState.PENDING) IconText(icon = R.drawable.ic_log, text = grantLabel(grant), tint = colors.primary)
        if (grant.state.isInForce && !grant.delivered) {
            IconText(icon = R.drawable.ic_info, text = stringResource(R.string.grant_undelivered))
        }
    }
}

@Composable
private fun EndedGrant(grant: Grant, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        Text(text = grant.clinicName, style = MaterialTheme.typography.titleMedium)
        SecondaryText(text = grantLabel(grant))
    }
}

@Composable
private fun RevokeDialog(grant: Grant, onEvent: (AccessEvent) -> Unit, modifier: Modifier = Modifier) {
    AlertDialog(
        onDismissRequest = { onEvent(AccessEvent.KeepAccess) },
        confirmButton = {
            QuietButton(text = stringResource(R.string.access_revoke), onClick = { onEvent(AccessEvent.ConfirmRevoke) })
        },
        modifier = modifier,
        dismissButton = {
            QuietButton(text = stringResource(R.string.revoke_keep), onClick = { onEvent(AccessEvent.KeepAccess) })
        },
        title = {
            Text(text = stringResource(R.string.revoke_title, grant.clinicName), modifier = Modifier.semantics { heading() })
        },
        text = {
            Column(
                modifier = Modifier.verticalScroll(rememberScrollState()),
                verticalArrangement = Arrangement.spacedBy(12.dp),
            ) {
                IconText(
                    icon = R.drawable.ic_check,
                    text = stringResource(R.string.revoke_can),
                    tint = MaterialTheme.colorScheme.primary,
                )
                IconText(icon = R.drawable.ic_info, text = stringResource(R.string.revoke_cannot))
            }
        },
    )
}

/** Where a grant stands, in a person's words. */
@Composable
fun grantLabel(grant: Grant): String = when (grant.state) {
    GrantState.PENDING -> stringResource(R.string.grant_pending)
    GrantState.ACTIVE -> stringResource(R.string.grant_active)
    GrantState.EXPIRED -> stringResource(R.string.grant_expired, day(grant.notAfter))
    GrantState.REVOKING -> stringResource(if (grant.isStillOpen) R.string.grant_still_open else R.string.grant_stopped_by_host)
    GrantState.REVOKED -> stringResource(R.string.grant_revoked, day(grant.since))
}

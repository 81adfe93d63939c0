package org.keepwell.app.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantState

/**
 * An access that a clinic has, and the ways to make it longer, where [onExtend] does, and to end it; [onOpen] leads to the clinic's page, null
 * on that page itself.
 */
@Composable
fun OpenGrantCard(grant: Grant, onExtend: (() -> Unit)?, onRevoke: () -> Unit, modifier: Modifier = Modifier, onOpen: (() -> Unit)? = null) {
    InfoCard(modifier = modifier) {
        if (onOpen != null) {
            CardLink(
                title = grant.clinicName,
                onClick = onOpen,
                modifier = Modifier.semantics { heading() },
                style = MaterialTheme.typography.titleMedium,
            )
        }
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
            if (onExtend != null) {
                QuietButton(
                    text = stringResource(R.string.extend_action),
                    onClick = onExtend,
                    description = stringResource(R.string.extend_title, grant.clinicName),
                )
            }
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

/** Where a grant stands, in a person's words. */
@Composable
fun grantLabel(grant: Grant): String = when (grant.state) {
    GrantState.PENDING -> stringResource(R.string.grant_pending)
    GrantState.ACTIVE -> stringResource(R.string.grant_active)
    GrantState.EXPIRED -> stringResource(R.string.grant_expired, day(grant.notAfter))
    GrantState.REVOKING -> stringResource(if (grant.isStillOpen) R.string.grant_still_open else R.string.grant_stopped_by_host)
    GrantState.REVOKED -> stringResource(R.string.grant_revoked, day(grant.since))
}

/** When an access ended whose clinic has another: alone it would seem that the clinic can read no more. */
@Composable
fun earlierGrantLabel(grant: Grant): String = when (grant.state) {
    GrantState.EXPIRED -> stringResource(R.string.access_earlier_ended, day(grant.notAfter))
    GrantState.REVOKED -> stringResource(R.string.access_earlier_ended, day(grant.since))
    else -> grantLabel(grant)
}

/** That nobody was reached, and what that means; [onTellMe] is there where the person may yet allow to be told later. */
@Composable
fun OfflineNotice(isUnsent: Boolean, onRetry: () -> Unit, onTellMe: (() -> Unit)?, modifier: Modifier = Modifier) {
    Notice(
        text = stringResource(if (isUnsent) R.string.access_queued else R.string.access_offline),
        tone = Tone.WARNING,
        modifier = modifier,
    ) {
        RetryButton(onRetry = onRetry)
        if (isUnsent && onTellMe != null) NoticeButton(text = stringResource(R.string.unsent_tell), onClick = onTellMe)
    }
}

/** Asks before access is ended, and says what that can and can't do. */
@Composable
fun RevokeDialog(title: String, action: String, onRevoke: () -> Unit, onKeep: () -> Unit, modifier: Modifier = Modifier) {
    Question(
        onDismissRequest = onKeep,
        confirmButton = { QuietButton(text = action, onClick = onRevoke) },
        modifier = modifier,
        dismissButton = { QuietButton(text = stringResource(R.string.revoke_keep), onClick = onKeep) },
        title = { Text(text = title, modifier = Modifier.semantics { heading() }) },
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

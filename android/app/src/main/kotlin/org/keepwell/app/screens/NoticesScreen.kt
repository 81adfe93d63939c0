package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.lifecycle.compose.LifecycleResumeEffect
import org.keepwell.app.Phone
import org.keepwell.app.R
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.NoticeButton
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SwitchRow
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.screen.NoticesEvent
import org.keepwell.wallet.screen.NoticesState

/** What is told while nobody looks. [onTellMe] asks the phone's leave, where it can be asked for. */
@Composable
fun NoticesScreen(
    state: NoticesState,
    phone: Phone,
    onTellMe: (() -> Unit)?,
    onBack: () -> Unit,
    onEvent: (NoticesEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    var isAllowed by remember(phone) { mutableStateOf(phone.showsNotices) }
    // The phone's question and its settings lie over this screen.
    LifecycleResumeEffect(phone) {
        isAllowed = phone.showsNotices
        onPauseOrDispose { }
    }
    val switch: (NoticesEvent, Boolean) -> Unit = { event, isWished ->
        onEvent(event)
        if (isWished && !isAllowed) onTellMe?.invoke()
    }
    val wishes = state.wishes
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item { ScreenTitle(text = stringResource(R.string.notices_title)) }
        if (!isAllowed) item { NotAllowed(phone = phone, onTellMe = onTellMe) }
        item { Text(text = stringResource(R.string.notices_body), style = MaterialTheme.typography.bodyLarge) }
        item {
            InfoCard {
                SwitchRow(
                    text = stringResource(R.string.notices_sending),
                    isOn = wishes.tellsSending,
                    onChange = { switch(NoticesEvent.TellSending(it), it) },
                )
                SwitchRow(
                    text = stringResource(R.string.notices_ends),
                    isOn = wishes.tellsEnds,
                    onChange = { switch(NoticesEvent.TellEnds(it), it) },
                )
                SwitchRow(
                    text = stringResource(R.string.notices_reads),
                    isOn = wishes.tellsReads,
                    onChange = { switch(NoticesEvent.TellReads(it), it) },
                )
                SecondaryText(text = stringResource(R.string.notices_when_open))
            }
        }
        if (wishes.tellsEnds || wishes.tellsReads) {
            item {
                InfoCard {
                    SwitchRow(
                        text = stringResource(R.string.notices_names),
                        isOn = wishes.namesClinics,
                        onChange = { onEvent(NoticesEvent.NameClinics(it)) },
                    )
                    SecondaryText(text = stringResource(R.string.notices_names_how))
                }
            }
        }
        val privacy = if (wishes.namesClinics) R.string.notices_named else R.string.notices_private
        item { InfoCard { IconText(icon = R.drawable.ic_lock, text = stringResource(privacy)) } }
        item { OtherButton(text = stringResource(R.string.notices_open), onClick = phone::openNoticeSettings) }
    }
}

@Composable
private fun NotAllowed(phone: Phone, onTellMe: (() -> Unit)?, modifier: Modifier = Modifier) {
    Notice(text = stringResource(R.string.notices_refused), tone = Tone.WARNING, modifier = modifier) {
        if (onTellMe == null) {
            NoticeButton(text = stringResource(R.string.notices_open), onClick = phone::openNoticeSettings)
        } else {
            NoticeButton(text = stringResource(R.string.notices_allow), onClick = onTellMe)
        }
    }
}

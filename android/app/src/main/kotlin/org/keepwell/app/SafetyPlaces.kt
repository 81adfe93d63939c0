package org.keepwell.app

import androidx.activity.compose.BackHandler
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.screens.BiometricsScreen
import org.keepwell.app.screens.EraseScreen
import org.keepwell.app.screens.PinScreen
import org.keepwell.app.screens.ShownWordsScreen
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.wallet.screen.BiometricsEvent
import org.keepwell.wallet.screen.BiometricsModel
import org.keepwell.wallet.screen.ChangePinEvent
import org.keepwell.wallet.screen.ChangePinModel
import org.keepwell.wallet.screen.ChangePinStep
import org.keepwell.wallet.screen.CheckWordsEvent
import org.keepwell.wallet.screen.CheckWordsModel
import org.keepwell.wallet.screen.EraseEvent
import org.keepwell.wallet.screen.EraseModel
import org.keepwell.wallet.screen.NewPinEvent
import org.keepwell.wallet.screen.NewPinModel

/** Another PIN: the old one, the new one twice, done. */
@Composable
fun ChangePinPlace(model: ChangePinModel, onRecover: () -> Unit, modifier: Modifier = Modifier) {
    val state = model.current()
    val back = { model.on(ChangePinEvent.Back) }
    BackHandler(onBack = back)
    when (state.step) {
        ChangePinStep.OLD -> PinScreen(
            title = stringResource(R.string.change_pin_title),
            body = stringResource(R.string.change_pin_old),
            action = stringResource(R.string.next),
            state = state.old,
            onBack = back,
            onRecover = onRecover,
            onEvent = { model.on(ChangePinEvent.Old(it)) },
            modifier = modifier,
        )
        ChangePinStep.NEW -> model.newPin?.let { NewPin(model = it, onRecover = onRecover, modifier = modifier) }
        ChangePinStep.DONE -> ScreenFrame(
            modifier = modifier,
            bottomBar = { BottomBar { MainButton(text = stringResource(R.string.done), onClick = back) } },
        ) {
            item { ScreenTitle(text = stringResource(R.string.change_pin_done)) }
            item { Text(text = stringResource(R.string.change_pin_done_body), style = MaterialTheme.typography.bodyLarge) }
        }
    }
}

@Composable
private fun NewPin(model: NewPinModel, onRecover: () -> Unit, modifier: Modifier = Modifier) {
    val state = model.current()
    PinScreen(
        title = stringResource(if (state.isRepeating) R.string.repeat_pin_title else R.string.new_pin_title),
        body = stringResource(if (state.isRepeating) R.string.repeat_pin_body else R.string.new_pin_body),
        action = stringResource(if (state.isRepeating) R.string.change_pin_action else R.string.next),
        state = state.pad,
        onBack = { model.on(NewPinEvent.Back) },
        onRecover = onRecover,
        onEvent = { model.on(NewPinEvent.Key(it)) },
        modifier = modifier,
    )
}

/** Opening by a finger or a face. */
@Composable
fun BiometricsPlace(model: BiometricsModel, onRecover: () -> Unit, modifier: Modifier = Modifier) {
    BackHandler { model.on(BiometricsEvent.Back) }
    BiometricsScreen(state = model.current(), onRecover = onRecover, onEvent = model::on, modifier = modifier)
}

/** The words against the PIN, to be read and no more. */
@Composable
fun WordsPlace(model: CheckWordsModel, onRecover: () -> Unit, modifier: Modifier = Modifier) {
    val state = model.current()
    val back = { model.on(CheckWordsEvent.Back) }
    val shown = model.shownWords
    BackHandler(onBack = back)
    if (state.isShown && shown != null) {
        ShownWordsScreen(state = shown.current(), onEvent = shown::on, modifier = modifier, doneAction = stringResource(R.string.done))
    } else {
        PinScreen(
            title = stringResource(R.string.see_words_title),
            body = stringResource(R.string.check_words_pin),
            action = stringResource(R.string.next),
            state = state.pin,
            onBack = back,
            onRecover = onRecover,
            onEvent = { model.on(CheckWordsEvent.Pin(it)) },
            modifier = modifier,
        )
    }
}

/** Everything gone from this phone. */
@Composable
fun ErasePlace(model: EraseModel, onRecover: () -> Unit, modifier: Modifier = Modifier) {
    BackHandler { model.on(EraseEvent.Back) }
    EraseScreen(state = model.current(), onRecover = onRecover, onEvent = model::on, modifier = modifier)
}

package org.keepwell.app

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.screens.ConnectionScreen
import org.keepwell.app.screens.PassphraseStep
import org.keepwell.app.screens.PinScreen
import org.keepwell.app.screens.QuizScreen
import org.keepwell.app.screens.ShownWordsScreen
import org.keepwell.app.screens.StartedScreen
import org.keepwell.app.screens.TypedWordsScreen
import org.keepwell.app.screens.WelcomeScreen
import org.keepwell.app.ui.BackHandler
import org.keepwell.wallet.screen.NewPinEvent
import org.keepwell.wallet.screen.NewPinModel
import org.keepwell.wallet.screen.StartEvent
import org.keepwell.wallet.screen.StartModel
import org.keepwell.wallet.screen.StartStep

/** The first launch, step by step. */
@Composable
fun StartJourney(
    start: StartModel,
    isErased: Boolean,
    phone: Phone,
    askForCamera: () -> Unit,
    modifier: Modifier = Modifier,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    val state = start.current()
    val back: () -> Unit = { start.on(StartEvent.Back) }
    BackHandler(enabled = state.step != StartStep.WELCOME, onBack = back)
    when (state.step) {
        StartStep.WELCOME, StartStep.ABOUT_WORDS -> WelcomeScreen(state = state, onEvent = start::on, modifier = modifier, isErased = isErased)
        StartStep.SHOW_WORDS -> start.shownWords?.let { ShownWordsScreen(state = it.current(), onEvent = it::on, modifier = modifier) }
        StartStep.QUIZ -> start.quiz?.let {
            QuizScreen(
                state = it.current(),
                onBack = back,
                onLater = { start.on(StartEvent.CheckLater) },
                onEvent = it::on,
                modifier = modifier,
            )
        }
        StartStep.TYPE_WORDS -> start.typedWords?.let {
            TypedWordsScreen(state = it.current(), onBack = back, onEvent = it::on, modifier = modifier)
        }
        StartStep.PASSPHRASE -> PassphraseStep(
            passphrase = state.passphrase,
            hasOuterBlank = state.hasOuterBlank,
            problem = state.problem,
            onChange = { start.on(StartEvent.TypePassphrase(it)) },
            onBack = back,
            onNext = { start.on(StartEvent.Next) },
            modifier = modifier,
        )
        StartStep.NEW_PIN -> start.newPin?.let { FirstPin(model = it, modifier = modifier) }
        StartStep.CONNECTION -> start.connection?.let {
            ConnectionScreen(
                state = it.current(),
                isRestoring = !state.isMade,
                isBusy = state.isBusy,
                askForCamera = askForCamera,
                onEvent = it::on,
                modifier = modifier,
                camera = camera,
            )
        }
        StartStep.DONE, StartStep.RESTORING, StartStep.REPORT ->
            StartedScreen(state = state, onEvent = start::on, modifier = modifier, offersBiometrics = phone.hasBiometrics)
    }
}

@Composable
private fun FirstPin(model: NewPinModel, modifier: Modifier = Modifier) {
    val state = model.current()
    PinScreen(
        title = stringResource(if (state.isRepeating) R.string.repeat_pin_title else R.string.first_pin_title),
        body = stringResource(if (state.isRepeating) R.string.repeat_pin_body else R.string.first_pin_body),
        action = stringResource(R.string.next),
        state = state.pad,
        onBack = { model.on(NewPinEvent.Back) },
        onRecover = {},
        onEvent = { model.on(NewPinEvent.Key(it)) },
        modifier = modifier,
    )
}

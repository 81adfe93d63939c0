package org.keepwell.app

import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.screens.BiometricsScreen
import org.keepwell.app.screens.EraseScreen
import org.keepwell.app.screens.ExportScreen
import org.keepwell.app.screens.PinScreen
import org.keepwell.app.screens.PrintScreen
import org.keepwell.app.ui.BackHandler
import org.keepwell.wallet.model.ExportKind
import org.keepwell.wallet.screen.BiometricsEvent
import org.keepwell.wallet.screen.BiometricsModel
import org.keepwell.wallet.screen.ChangePinEvent
import org.keepwell.wallet.screen.ChangePinModel
import org.keepwell.wallet.screen.ChangePinStep
import org.keepwell.wallet.screen.EraseEvent
import org.keepwell.wallet.screen.EraseModel
import org.keepwell.wallet.screen.ExportEvent
import org.keepwell.wallet.screen.ExportModel
import org.keepwell.wallet.screen.NewPinEvent
import org.keepwell.wallet.screen.NewPinModel
import org.keepwell.wallet.screen.PrintEvent
import org.keepwell.wallet.screen.PrintModel

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
        ChangePinStep.DONE -> Done(
            title = stringResource(R.string.change_pin_done),
            body = stringResource(R.string.change_pin_done_body),
            onDone = back,
            modifier = modifier,
            action = stringResource(R.string.done),
        )
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

/** Everything gone from this phone. */
@Composable
fun ErasePlace(model: EraseModel, onRecover: () -> Unit, modifier: Modifier = Modifier) {
    BackHandler { model.on(EraseEvent.Back) }
    EraseScreen(state = model.current(), onRecover = onRecover, onEvent = model::on, modifier = modifier)
}

/** All records in a file of the person's choice; [onPlace] asks them for a place. */
@Composable
fun SaveRecordsPlace(
    model: ExportModel,
    onPlace: (kind: ExportKind, fileName: String) -> Unit,
    onRecover: () -> Unit,
    modifier: Modifier = Modifier,
) {
    BackHandler { model.on(ExportEvent.Back) }
    ExportScreen(state = model.current(), onPlace = onPlace, onRecover = onRecover, onEvent = model::on, modifier = modifier)
}

/** Records on paper; [onPrint] opens the phone's own printing. */
@Composable
fun PrintPlace(model: PrintModel, onPrint: (pdf: ByteArray) -> Unit, onRecover: () -> Unit, modifier: Modifier = Modifier) {
    BackHandler { model.on(PrintEvent.Back) }
    PrintScreen(state = model.current(), onPrint = onPrint, onRecover = onRecover, onEvent = model::on, modifier = modifier)
}

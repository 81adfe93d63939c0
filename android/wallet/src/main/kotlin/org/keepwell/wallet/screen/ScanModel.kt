package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route

/** The camera looking for a clinic's code. */
data class ScanState(val permission: CameraPermission = CameraPermission.UNKNOWN, val isOtherCode: Boolean = false)

/** Whether the camera may be used. */
enum class CameraPermission { UNKNOWN, GRANTED, DENIED }

/** What happens while scanning. */
sealed interface ScanEvent {
    data class Permission(val isGranted: Boolean) : ScanEvent
    class Read(val text: String) : ScanEvent {
        override fun toString() = "Read(..)"
    }
}

/** Goes on with the first code that names a clinic; any other code is said to be none and forgotten. */
class ScanModel(private val navigator: Navigator, scope: CoroutineScope) : ScreenModel<ScanState, ScanEvent>(ScanState(), scope) {
    private var isDone = false

    override fun on(event: ScanEvent) {
        when (event) {
            is ScanEvent.Permission -> change {
                it.copy(permission = if (event.isGranted) CameraPermission.GRANTED else CameraPermission.DENIED)
            }
            is ScanEvent.Read -> {
                val clinic = ClinicId.scanned(event.text)
                change { it.copy(isOtherCode = clinic == null) }
                if (clinic != null && !isDone) {
                    isDone = true
                    navigator.replace(Route.Grant(clinic))
                }
            }
        }
    }
}

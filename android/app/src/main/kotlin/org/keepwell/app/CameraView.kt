package org.keepwell.app

import android.view.SurfaceHolder
import android.view.SurfaceView
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.viewinterop.AndroidView
import org.keepwell.platform.QrCamera

/** What the camera sees; [onCode] gets the text of each code that it finds. */
@Composable
fun CameraView(onCode: (String) -> Unit, modifier: Modifier = Modifier) {
    AndroidView(
        factory = { context ->
            SurfaceView(context).apply {
                holder.addCallback(object : SurfaceHolder.Callback {
                    private var camera: QrCamera? = null

                    override fun surfaceCreated(holder: SurfaceHolder) {
                        camera = QrCamera(context, onCode).apply { open(holder.surface) }
                    }

                    override fun surfaceChanged(holder: SurfaceHolder, format: Int, width: Int, height: Int) = Unit

                    override fun surfaceDestroyed(holder: SurfaceHolder) {
                        camera?.close()
                        camera = null
                    }
                })
            }
        },
        modifier = modifier.fillMaxSize(),
    )
}

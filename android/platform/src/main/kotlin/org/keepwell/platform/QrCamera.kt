package org.keepwell.platform

import android.Manifest
import android.content.Context
import android.content.pm.PackageManager
import android.graphics.ImageFormat
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CaptureRequest
import android.hardware.camera2.params.OutputConfiguration
import android.hardware.camera2.params.SessionConfiguration
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.view.Surface

/** The back camera with framework camera2: shows its picture on a surface and reads QR codes from its frames. */
class QrCamera(private val context: Context, private val onCode: (String) -> Unit) : AutoCloseable {
    private val manager = checkNotNull(context.getSystemService(CameraManager::class.java))
    private val thread = HandlerThread("qr-camera").apply { start() }
    private val handler = Handler(thread.looper)
    private val main = Handler(context.mainLooper)
    private val frames = ImageReader.newInstance(WIDTH, HEIGHT, ImageFormat.YUV_420_888, 2)
    private val reader = QrReader()
    private var device: CameraDevice? = null
    private var isClosed = false

    /** Starts, if the phone has a camera and lets us; false if not. */
    fun open(preview: Surface): Boolean {
        if (context.checkSelfPermission(Manifest.permission.CAMERA) != PackageManager.PERMISSION_GRANTED) return false
        val id = try {
            manager.cameraIdList.firstOrNull {
                manager.getCameraCharacteristics(it).get(CameraCharacteristics.LENS_FACING) == CameraCharacteristics.LENS_FACING_BACK
            }
        } catch (_: CameraAccessException) {
            null
        } ?: return false
        frames.setOnImageAvailableListener(::read, handler)
        return try {
            manager.openCamera(id, Opened(preview), handler)
            true
        } catch (_: CameraAccessException) {
            false
        }
    }

    override fun close() {
        isClosed = true
        handler.post {
            device?.close()
            frames.close()
            thread.quitSafely()
        }
    }

    private fun read(source: ImageReader) {
        val code = source.acquireLatestImage()?.use { image ->
            val luma = image.planes[0]
            val bytes = ByteArray(luma.buffer.remaining()).also(luma.buffer::get)
            reader.read(bytes, luma.rowStride, image.width, image.height)
        } ?: return
        main.post { if (!isClosed) onCode(code) }
    }

    private inner class Opened(private val preview: Surface) : CameraDevice.StateCallback() {
        override fun onOpened(camera: CameraDevice) {
            device = camera
            if (isClosed) return camera.close()
            val outputs = listOf(OutputConfiguration(preview), OutputConfiguration(frames.surface))
            camera.createCaptureSession(SessionConfiguration(SessionConfiguration.SESSION_REGULAR, outputs, handler::post, Configured(camera, preview)))
        }

        override fun onDisconnected(camera: CameraDevice) = camera.close()

        override fun onError(camera: CameraDevice, error: Int) = camera.close()
    }

    private inner class Configured(private val camera: CameraDevice, private val preview: Surface) : CameraCaptureSession.StateCallback() {
        override fun onConfigured(session: CameraCaptureSession) {
            val request = camera.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW)
            request.addTarget(preview)
            request.addTarget(frames.surface)
            request.set(CaptureRequest.CONTROL_AF_MODE, CaptureRequest.CONTROL_AF_MODE_CONTINUOUS_PICTURE)
            session.setRepeatingRequest(request.build(), null, handler)
        }

        override fun onConfigureFailed(session: CameraCaptureSession) = camera.close()
    }

    private companion object {
        const val WIDTH = 1280
        const val HEIGHT = 720
    }
}

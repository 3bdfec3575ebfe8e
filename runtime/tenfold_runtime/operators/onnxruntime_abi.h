/* The part of ONNX Runtime's C interface that an operator needs.
 *
 * Its Python package brings no headers. Its functions are in a table that only ever grows at its end
 * (https://onnxruntime.ai/docs/api/c/struct_ort_api.html), so those that are called are named here by their
 * places in it, as of version 17 of the interface, which came with ONNX Runtime 1.17. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct OrtStatus OrtStatus;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtCustomOpDomain OrtCustomOpDomain;
typedef struct OrtKernelInfo OrtKernelInfo;
typedef struct OrtKernelContext OrtKernelContext;
typedef struct OrtValue OrtValue;
typedef struct OrtShape OrtShape;

typedef void *const *OrtApi; /* the table */

typedef struct {
    OrtApi (*GetApi)(uint32_t version);
    const char *(*GetVersionString)(void);
} OrtApiBase;

enum { ORT_API_VERSION = 17 };
enum { ORT_FLOAT = 1, ORT_INT8 = 3, ORT_INT32 = 6, ORT_INT64 = 7, ORT_FLOAT16 = 10 }; /* types of elements */
enum { ORT_REQUIRED = 0, ORT_OPTIONAL = 1 };                   /* kinds of inputs and outputs */
enum { ORT_FAIL = 1, ORT_INVALID_ARGUMENT = 2 };               /* codes of errors */

typedef struct OrtCustomOp OrtCustomOp;
struct OrtCustomOp {
    uint32_t version;
    void *(*CreateKernel)(const OrtCustomOp *, OrtApi, const OrtKernelInfo *);
    const char *(*GetName)(const OrtCustomOp *);
    const char *(*GetExecutionProviderType)(const OrtCustomOp *);
    int (*GetInputType)(const OrtCustomOp *, size_t);
    size_t (*GetInputTypeCount)(const OrtCustomOp *);
    int (*GetOutputType)(const OrtCustomOp *, size_t);
    size_t (*GetOutputTypeCount)(const OrtCustomOp *);
    void (*KernelCompute)(void *, OrtKernelContext *);
    void (*KernelDestroy)(void *);
    int (*GetInputCharacteristic)(const OrtCustomOp *, size_t);
    int (*GetOutputCharacteristic)(const OrtCustomOp *, size_t);
    int (*GetInputMemoryType)(const OrtCustomOp *, size_t);
    int (*GetVariadicInputMinArity)(const OrtCustomOp *);
    int (*GetVariadicInputHomogeneity)(const OrtCustomOp *);
    int (*GetVariadicOutputMinArity)(const OrtCustomOp *);
    int (*GetVariadicOutputHomogeneity)(const OrtCustomOp *);
    OrtStatus *(*CreateKernelV2)(const OrtCustomOp *, OrtApi, const OrtKernelInfo *, void **);
    OrtStatus *(*KernelComputeV2)(void *, OrtKernelContext *);
    OrtStatus *(*InferOutputShape)(const OrtCustomOp *, void *);
    int (*GetStartVersion)(const OrtCustomOp *);
    int (*GetEndVersion)(const OrtCustomOp *);
};

#define ORT_CALL(api, place, ...) ((OrtStatus * (*)(__VA_ARGS__))(api)[place])

#define OrtCreateStatus(api) ORT_CALL(api, 0, int, const char *)
#define OrtCreateCustomOpDomain(api) ORT_CALL(api, 26, const char *, OrtCustomOpDomain **)
#define OrtCustomOpDomainAdd(api) ORT_CALL(api, 27, OrtCustomOpDomain *, const OrtCustomOp *)
#define OrtAddCustomOpDomain(api) ORT_CALL(api, 28, OrtSessionOptions *, OrtCustomOpDomain *)
#define OrtGetTensorMutableData(api) ORT_CALL(api, 51, OrtValue *, void **)
#define OrtGetDimensionsCount(api) ORT_CALL(api, 61, const OrtShape *, size_t *)
#define OrtGetDimensions(api) ORT_CALL(api, 62, const OrtShape *, int64_t *, size_t)
#define OrtGetTensorTypeAndShape(api) ORT_CALL(api, 65, const OrtValue *, OrtShape **)
#define OrtGetAttributeFloat(api) ORT_CALL(api, 85, const OrtKernelInfo *, const char *, float *)
#define OrtGetAttributeInt64(api) ORT_CALL(api, 86, const OrtKernelInfo *, const char *, int64_t *)
#define OrtGetOutputCount(api) ORT_CALL(api, 89, const OrtKernelContext *, size_t *)
#define OrtGetInput(api) ORT_CALL(api, 90, const OrtKernelContext *, size_t, const OrtValue **)
#define OrtGetOutput(api) ORT_CALL(api, 91, OrtKernelContext *, size_t, const int64_t *, size_t, OrtValue **)
#define OrtGetElementCount(api) ORT_CALL(api, 64, const OrtShape *, size_t *)
#define OrtReleaseShape(api) ((void (*)(OrtShape *))(api)[99])
#define OrtParallelFor(api) ORT_CALL(api, 274, const OrtKernelContext *, void (*)(void *, size_t), size_t, size_t, void *)
